package io.wholecart.platform;

import java.sql.SQLException;
import java.util.Set;

/** Which failures of a database are nobody's mistake: what was asked may work later. */
public final class DatabaseTrouble {

    /**
     * Classes of SQL states: the connection (08), read-only (25), no resources (53), objects in use (55), the operator's
     * intervention (57), its system (58).
     */
    private static final Set<String> PASSING = Set.of("08", "25", "53", "55", "57", "58");

    private DatabaseTrouble() {}

    /** Without a state it is the pool's: a rollback found the connection gone. */
    public static boolean passes(SQLException failure) {
        String state = failure.getSQLState();
        return state == null || PASSING.contains(state.substring(0, 2));
    }
}
