/** Versioned model artifacts: save, publish, activate, roll back. */
@NullMarked
package io.wholecart.model;

import org.jspecify.annotations.NullMarked;
