/** What every room may use: settings, problem details, the clock. Kept tiny. */
@NullMarked
package io.wholecart.platform;

import org.jspecify.annotations.NullMarked;
