package io.wholecart.training;

import io.wholecart.experiment.ParameterRequest;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

@RestController
@RequestMapping(TrainingRuns.PATH)
class TrainingRunController {

    private final TrainingRuns runs;
    private final RunStream stream;

    TrainingRunController(TrainingRuns runs, RunStream stream) {
        this.runs = runs;
        this.stream = stream;
    }

    @PostMapping
    ResponseEntity<TrainingRun.View> request(@RequestBody(required = false) @Nullable ParameterRequest parameters) {
        TrainingRun.View run =
                runs.request(TrainingRun.Trigger.MANUAL, parameters == null ? ParameterRequest.empty() : parameters);
        return ResponseEntity.accepted()
                .location(URI.create(TrainingRuns.PATH + "/" + run.id()))
                .body(run);
    }

    @GetMapping
    List<TrainingRun.View> list() {
        return runs.list();
    }

    @GetMapping("/{id}")
    TrainingRun.View get(@PathVariable long id) {
        return runs.find(id);
    }

    /** Server-sent events named {@code progress}, each with the run as JSON; the stream ends with the run. */
    @GetMapping(path = "/{id}/progress", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    SseEmitter progress(@PathVariable long id) {
        return stream.open(id);
    }

    @DeleteMapping("/{id}")
    TrainingRun.View cancel(@PathVariable long id) {
        return runs.cancel(id);
    }
}
