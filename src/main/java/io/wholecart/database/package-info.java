/** The embedded PostgreSQL of a start without an external one. */
@NullMarked
package io.wholecart.database;

import org.jspecify.annotations.NullMarked;
