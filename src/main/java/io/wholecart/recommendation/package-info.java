/** The live index: top-N recommendations from memory. */
@NullMarked
package io.wholecart.recommendation;

import org.jspecify.annotations.NullMarked;
