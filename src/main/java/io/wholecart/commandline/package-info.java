/** Work without a service or a database: evaluating and tuning on files. */
@NullMarked
package io.wholecart.commandline;

import org.jspecify.annotations.NullMarked;
