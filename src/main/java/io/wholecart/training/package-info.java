/** Training runs: request, queue, worker, progress, schedule. */
@NullMarked
package io.wholecart.training;

import org.jspecify.annotations.NullMarked;
