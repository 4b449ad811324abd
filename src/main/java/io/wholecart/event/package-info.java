/** Intake of behavior events: REST, bulk import, the event table and a user's history. */
@NullMarked
package io.wholecart.event;

import org.jspecify.annotations.NullMarked;
