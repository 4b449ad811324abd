package io.wholecart.event;

import io.wholecart.platform.UserHash;
import java.util.Set;

/**
 * Users that a model must no longer know.
 *
 * @param hashes what is kept of their ids
 */
public record ErasedUsers(Set<String> hashes) {

    /** Nobody was erased. */
    public static final ErasedUsers NONE = new ErasedUsers(Set.of());

    /** Whether the user with this id is among them. */
    public boolean contains(String userId) {
        return !hashes.isEmpty() && hashes.contains(UserHash.hex(userId));
    }
}
