/** The model's solvers and rankings on a CUDA card, and the choice between that and the processor. */
@NullMarked
package io.wholecart.cuda;

import org.jspecify.annotations.NullMarked;
