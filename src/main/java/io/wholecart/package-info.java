/** The whole service; this package only puts the rooms together. */
@NullMarked
package io.wholecart;

import org.jspecify.annotations.NullMarked;
