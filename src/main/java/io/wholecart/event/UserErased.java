package io.wholecart.event;

/**
 * A user is erased on this node; whoever keeps something of users forgets this one before the caller is told.
 *
 * @param hash what is kept of the id
 */
public record UserErased(String hash) {}
