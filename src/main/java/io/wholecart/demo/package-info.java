/** A small generated shop for a first look. */
@NullMarked
package io.wholecart.demo;

import org.jspecify.annotations.NullMarked;
