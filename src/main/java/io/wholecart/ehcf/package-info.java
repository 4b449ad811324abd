/** The EHCF model and its mathematics. No Spring, no SQL, no HTTP. */
@NullMarked
package io.wholecart.ehcf;

import org.jspecify.annotations.NullMarked;
