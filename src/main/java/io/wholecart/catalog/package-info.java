/** Users and items: external id to dense number, and what a shop tells about its items. */
@NullMarked
package io.wholecart.catalog;

import org.jspecify.annotations.NullMarked;
