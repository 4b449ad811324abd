package io.wholecart.training;

import io.wholecart.platform.ApiException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
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
import org.springframework.context.SmartLifecycle;
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
class RunStream implements SmartLifecycle, DisposableBean {

    private static final Logger log = LoggerFactory.getLogger(RunStream.class);
    private static final long LOOK_MILLIS = 500;
    /** Every so many looks without news a comment, so that nothing between us takes the connection for dead. */
    private static final int QUIET_LOOKS = 30;

    private static final int MAX_STREAMS = 100;
    private static final Duration LONGEST = Duration.ofHours(1);

    private final TrainingRuns runs;
    private final Semaphore free = new Semaphore(MAX_STREAMS);
    private final Set<Watch> open = ConcurrentHashMap.newKeySet();
    private volatile boolean running;
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
        Watch watch = new Watch(id);
        open.add(watch);
        watch.start();
        return watch.emitter;
    }

    @Override
    public void start() {
        running = true;
    }

    /** Before the web server, which would wait for the streams. */
    @Override
    public void stop() {
        running = false;
        open.forEach(Watch::end);
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public void destroy() {
        looking.shutdownNow();
    }

    private final class Watch {

        private final long id;
        private final SseEmitter emitter = new SseEmitter(LONGEST.toMillis());
        private final AtomicBoolean ended = new AtomicBoolean();
        private volatile @Nullable Future<?> task;
        private TrainingRun.@Nullable View last;
        private int quiet;

        Watch(long id) {
            this.id = id;
            emitter.onCompletion(this::end);
            emitter.onTimeout(this::end);
            emitter.onError(e -> end());
        }

        void start() {
            task = looking.scheduleWithFixedDelay(this::look, 0, LOOK_MILLIS, TimeUnit.MILLISECONDS);
        }

        /** Called by whoever notices first; the emitter itself tells nothing when it is completed very early. */
        void end() {
            if (ended.compareAndSet(false, true)) {
                open.remove(this);
                free.release();
                emitter.complete();
            }
            Future<?> looks = task;
            if (looks != null) {
                looks.cancel(false);
            }
        }

        private void look() {
            if (ended.get()) {
                end();
                return;
            }
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
                    end();
                }
            } catch (DataAccessException | TransactionException e) {
                log.debug("No progress of run {} now: {}", id, e.toString());
            } catch (IOException | RuntimeException e) {
                log.debug("The stream of run {} ends: {}", id, e.toString());
                end();
            }
        }
    }
}
