/** Leave-one-out evaluation: hit ratio and NDCG over all items. */
@NullMarked
package io.wholecart.evaluation;

import org.jspecify.annotations.NullMarked;
