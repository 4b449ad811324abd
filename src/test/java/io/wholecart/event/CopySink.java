package io.wholecart.event;

import java.io.ByteArrayOutputStream;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import org.postgresql.copy.CopyIn;
import org.postgresql.copy.CopyManager;
import org.postgresql.core.BaseConnection;

/** In place of PostgreSQL: keeps what is copied into it, once the copy is ended. */
final class CopySink {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private boolean active;
    private boolean ended;

    Connection connection() {
        return proxy(BaseConnection.class, (method, arguments) -> {
            return switch (method.getName()) {
                case "unwrap" -> connection();
                case "getCopyAPI" -> manager();
                default -> null;
            };
        });
    }

    /** All that was copied; nothing if the copy was called off. */
    byte[] copied() {
        return ended ? bytes.toByteArray() : new byte[0];
    }

    private CopyManager manager() throws SQLException {
        return new CopyManager(proxy(BaseConnection.class, (method, arguments) -> null)) {
            @Override
            public CopyIn copyIn(String sql) {
                active = true;
                return proxy(CopyIn.class, CopySink.this::answer);
            }
        };
    }

    private Object answer(Method method, Object[] arguments) {
        switch (method.getName()) {
            case "writeToCopy" -> bytes.write((byte[]) arguments[0], (int) arguments[1], (int) arguments[2]);
            case "endCopy" -> {
                active = false;
                ended = true;
                return 0L;
            }
            case "cancelCopy" -> active = false;
            case "isActive" -> {
                return active;
            }
            default -> throw new UnsupportedOperationException(method.getName());
        }
        return null;
    }

    private interface Answer {
        Object to(Method method, Object[] arguments) throws SQLException;
    }

    private static <T> T proxy(Class<T> type, Answer answer) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, arguments) -> answer.to(method, arguments)));
    }
}
