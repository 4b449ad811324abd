package io.wholecart.training;

import io.wholecart.cuda.Engine;
import jakarta.validation.Valid;
import jakarta.validation.constraints.DecimalMax;
import jakarta.validation.constraints.DecimalMin;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.validation.annotation.Validated;

/**
 * When runs start by themselves, and what becomes of their models. What they do stands beside it and is bound to {@code
 * TrainingParameters}.
 *
 * @param schedule Spring's cron with seconds, in UTC; "-" for none
 * @param tuningSchedule the same for runs that search for the best settings first
 * @param afterEvents so many new events start a run; 0 for none
 * @param followTuning whether what the last search found takes the place of the configured parameters
 * @param fullEvery of the runs that start by themselves so many go on from the active model, less one that starts afresh;
 *     1 for all afresh
 * @param warmIterations iterations of those that go on
 * @param engine what solves and ranks: a CUDA card where there is one, or what is named
 */
@Validated
@ConfigurationProperties("wholecart.training")
record TrainingProperties(
        String schedule,
        String tuningSchedule,
        @Min(0) long afterEvents,
        boolean followTuning,
        @Min(1) int fullEvery,
        @Min(1) int warmIterations,
        @NotNull Engine.Choice engine,
        @Valid Gate gate) {

    /**
     * When a new model is held back.
     *
     * @param metric what is compared
     * @param tolerance so much worse than the active model's, as a share, it may be
     */
    record Gate(
            String metric, @DecimalMin("0") @DecimalMax("1") double tolerance) {}
}
