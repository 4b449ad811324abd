package io.wholecart.training;

import io.wholecart.platform.ApiException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * A run's progress as server-sent events: looked up again and again in the database, so that any node can be asked
 * whichever trains.
 */
@Component
class RunStream implements DisposableBean {

    private static final Logger log = LoggerFactory.getLogger(RunStream.class);
    private static final long LOOK_MILLIS = 500;
    /** Every so many looks without news a comment, so that nothing between us takes the connection for dead. */
    private static final int QUIET_LOOKS = 30;

    private static final int MAX_STREAMS = 100;
    private static final Duration LONGEST = Duration.ofHours(1);

    private final TrainingRuns runs;
    private final Semaphore free = new Semaphore(MAX_STREAMS);
    private final ScheduledExecutorService looking =
            Executors.newScheduledThreadPool(2, task -> new Thread(task, "wholecart-run-stream"));

    RunStream(TrainingRuns runs) {
        this.runs = runs;
    }

    /** An event now and at every change; ends with the run. */
    SseEmitter open(long id) {
        runs.glance(id);
        if (!free.tryAcquire()) {
            String detail = "There are " + MAX_STREAMS + " progress streams already.";
            throw new ApiException(HttpStatus.SERVICE_UNAVAILABLE, "tooManyStreams", detail, List.of());
        }
        SseEmitter emitter = new SseEmitter(LONGEST.toMillis());
        Watch watch = new Watch(id, emitter);
        Future<?> task = looking.scheduleWithFixedDelay(watch::look, 0, LOOK_MILLIS, TimeUnit.MILLISECONDS);
        AtomicBoolean ended = new AtomicBoolean();
        Runnable end = () -> {
            if (ended.compareAndSet(false, true)) {
                task.cancel(false);
                free.release();
            }
        };
        emitter.onCompletion(end);
        emitter.onTimeout(emitter::complete);
        emitter.onError(e -> end.run());
        return emitter;
    }

    @Override
    public void destroy() {
        looking.shutdownNow();
    }

    private final class Watch {

        private final long id;
        private final SseEmitter emitter;
        private TrainingRun.@Nullable View last;
        private int quiet;

        Watch(long id, SseEmitter emitter) {
            this.id = id;
            this.emitter = emitter;
        }

        void look() {
            try {
                TrainingRun.View now = runs.glance(id);
                if (!now.equals(last)) {
                    last = now;
                    quiet = 0;
                    emitter.send(SseEmitter.event().name("progress").data(now, MediaType.APPLICATION_JSON));
                } else if (++quiet % QUIET_LOOKS == 0) {
                    emitter.send(SseEmitter.event().comment("still there"));
                }
                if (now.finishedAt() != null) {
                    emitter.complete();
                }
            } catch (DataAccessException | TransactionException e) {
                log.debug("No progress of run {} now: {}", id, e.toString());
            } catch (IOException | IllegalStateException e) {
                // The caller went away.
                emitter.completeWithError(e);
            } catch (ApiException e) {
                emitter.complete();
            }
        }
    }
}
