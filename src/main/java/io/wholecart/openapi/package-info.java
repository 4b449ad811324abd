/** The API's own description: what the code says of itself, and the words for it. */
@NullMarked
package io.wholecart.openapi;

import org.jspecify.annotations.NullMarked;
