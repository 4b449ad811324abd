package io.wholecart.training;

import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * When runs start by themselves. What they do stands beside it and is bound to {@code TrainingParameters}.
 *
 * @param schedule Spring's cron with seconds, in UTC; "-" for none
 * @param tuningSchedule the same for runs that search for the best settings first
 * @param followTuning whether what the last search found takes the place of the configured parameters
 */
@ConfigurationProperties("wholecart.training")
record TrainingProperties(String schedule, String tuningSchedule, boolean followTuning) {}
