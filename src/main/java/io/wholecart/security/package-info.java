/** API keys and their scopes. */
@NullMarked
package io.wholecart.security;

import org.jspecify.annotations.NullMarked;
