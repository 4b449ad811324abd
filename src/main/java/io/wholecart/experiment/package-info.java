/** What a training is told, one such set of parameters tried and measured, and the search for the best. No Spring. */
@NullMarked
package io.wholecart.experiment;

import org.jspecify.annotations.NullMarked;
