package io.wholecart.commandline;

import io.wholecart.cuda.Engine;
import io.wholecart.ehcf.Solver;
import io.wholecart.evaluation.Ranker;
import io.wholecart.experiment.ParameterCheck;
import io.wholecart.experiment.ParameterRequest;
import io.wholecart.experiment.TrainingParameters;
import io.wholecart.experiment.UnfitDataException;
import io.wholecart.interaction.Snapshot;
import io.wholecart.platform.InputError;
import io.wholecart.platform.JsonProblems;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.config.ConfigDataEnvironmentPostProcessor;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.StandardEnvironment;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** What every offline command is given: data, parameters and how to answer. */
final class Inputs {

    private static final int MAX_THREADS = 1024;

    static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--data",
            required = true,
            paramLabel = "PLACE",
            description =
                    "A folder with BEHAVIOR.csv[.gz] for each behavior (header user,item) and TARGET.test.csv[.gz],"
                            + " or one CSV file of events (header userId,itemId,behavior,occurredAt).")
    private Path data;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Training parameters as JSON, as in POST /api/v1/admin/training-runs."
                    + " What is absent is as in the service's settings.")
    private @Nullable Path config;

    @Option(
            names = "--behaviors",
            split = ",",
            paramLabel = "NAME",
            description = "Behaviors in the order of the shopper's way, the last is the target;"
                    + " by default those of the service's settings that there is data for.")
    private @Nullable List<String> behaviors;

    @Option(names = "--threads", paramLabel = "N", description = "Threads of the solver; by default one a core.")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(
            names = "--engine",
            paramLabel = "NAME",
            description = "auto, cpu or cuda: a CUDA card where there is one (auto, the default), or what is named.")
    private Engine.Choice choice = Engine.Choice.AUTO;

    @Option(names = "--json", description = "Answer in JSON, without a progress bar.")
    boolean json;

    /** Data and parameters that fit together. */
    record Prepared(Snapshot.Split split, TrainingParameters parameters, Solver solver, Ranker ranker) {}

    /** Only asked of picocli. */
    @SuppressWarnings("NullAway.Init")
    Inputs() {}

    /** Reads the data and the parameters over which {@code change} lies. */
    Prepared read(ParameterRequest change) {
        if (!Files.exists(data)) {
            throw new ParameterException(command.commandLine(), "--data: there is no " + data);
        }
        if (threads < 1 || threads > MAX_THREADS) {
            throw new ParameterException(command.commandLine(), "--threads must be from 1 to " + MAX_THREADS);
        }
        StandardEnvironment environment = new StandardEnvironment();
        ConfigDataEnvironmentPostProcessor.applyTo(environment);
        Binder settings = Binder.get(environment);
        EventFiles files = new EventFiles(data);
        List<String> known = behaviors != null
                ? behaviors
                : files.behaviors(settings.bind("wholecart.behaviors", Bindable.listOf(String.class))
                        .get());
        if (Set.copyOf(known).size() < known.size()) {
            throw new ParameterException(command.commandLine(), "--behaviors names one twice");
        }
        if (known.isEmpty()) {
            throw new UnfitDataException(data + " has no file for any of the behaviors; name them with --behaviors.");
        }
        TrainingParameters service =
                settings.bind("wholecart.training", TrainingParameters.class).get();
        Engine engine = new Engine(choice, threads, new EngineLines(command.commandLine(), choice));
        ParameterCheck check = ParameterCheck.of(engine.solvers(), known);
        TrainingParameters parameters = parameters(service, change, check);
        Solver solver = check.solvers().get(parameters.solver());
        if (solver == null) {
            throw new IllegalStateException(parameters.solver());
        }
        return new Prepared(split(files, parameters.behaviorNames(known)), parameters, solver, engine.ranker());
    }

    private TrainingParameters parameters(TrainingParameters service, ParameterRequest change, ParameterCheck check) {
        List<InputError> errors = new ArrayList<>();
        ParameterRequest request = request();
        TrainingParameters usual = service.onlyWith(check.behaviors());
        if (request.behaviors() == null
                && usual.behaviors().size() < check.behaviors().size()) {
            errors.add(InputError.field(
                    "behaviors",
                    "must be in --config: the service's settings do not have all of " + check.behaviors()));
        }
        TrainingParameters asked = request.over(usual, errors);
        TrainingParameters parameters = change.over(asked, errors);
        if (errors.isEmpty()) {
            errors.addAll(check.errors(parameters));
        }
        if (parameters.warmStart()) {
            errors.add(InputError.field("warmStart", "needs the service: there is no active model here"));
        }
        if (Boolean.FALSE.equals(request.holdout())) {
            errors.add(InputError.field("holdout", "must be true: here everything is measured"));
        }
        if (Boolean.TRUE.equals(request.tune())) {
            errors.add(InputError.field("tune", "is a command of its own here"));
        }
        if (!errors.isEmpty()) {
            throw new ParameterException(
                    command.commandLine(),
                    errors.stream().map(InputError::describe).collect(Collectors.joining(System.lineSeparator())));
        }
        return parameters;
    }

    private ParameterRequest request() {
        if (config == null) {
            return ParameterRequest.empty();
        }
        try {
            ParameterRequest request = JSON.readValue(Files.readString(config), ParameterRequest.class);
            return request == null ? ParameterRequest.empty() : request;
        } catch (IOException e) {
            throw new UncheckedIOException(new IOException("--config: " + config + " cannot be read", e));
        } catch (JacksonException e) {
            throw new ParameterException(
                    command.commandLine(),
                    "--config: " + JsonProblems.explain(e).getMessage());
        }
    }

    private Snapshot.Split split(EventFiles files, List<String> names) {
        Snapshot.Split split = files.split(names);
        files.others()
                .forEach((name, lines) -> command.commandLine()
                        .getErr()
                        .println("Left out: " + lines + " events of the behavior " + name + "."));
        int usable = split.testUsers().length;
        if (usable == 0) {
            throw new UnfitDataException("No user has two " + names.get(names.size() - 1)
                    + " events, one to learn from and one to hold out: there is nothing to measure on.");
        }
        if (files.heldOut() > 0 && files.heldOut() != usable) {
            command.commandLine()
                    .getErr()
                    .println("Of " + files.heldOut() + " held-out lines " + usable + " can be used: the others' users"
                            + " have nothing to learn from, or the same pair is in the training lines.");
        }
        return split;
    }
}
