/** Events as sparse behavior matrices: snapshot and splits. Plain data, no Spring, no SQL. */
@NullMarked
package io.wholecart.interaction;

import org.jspecify.annotations.NullMarked;
