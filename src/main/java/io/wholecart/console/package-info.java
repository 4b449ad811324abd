/** The web page at {@code /}: files of its own, which talk to the public API only. */
@NullMarked
package io.wholecart.console;

import org.jspecify.annotations.NullMarked;
