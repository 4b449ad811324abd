package io.wholecart.support;

import io.wholecart.experiment.TrainingParameters;
import io.wholecart.platform.ApiException;
import io.wholecart.platform.InputError;
import io.wholecart.platform.JsonProblems;
import io.wholecart.platform.WholecartProperties;
import java.util.List;
import org.springframework.boot.Banner;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** What the service makes of application.yaml, without starting it: its JSON and its settings. */
public final class ConfiguredService {

    private static final ConfigurableApplicationContext CONTEXT = new SpringApplicationBuilder(
                    JacksonAutoConfiguration.class)
            .web(WebApplicationType.NONE)
            .bannerMode(Banner.Mode.OFF)
            .logStartupInfo(false)
            .run();

    public static final JsonMapper JSON = CONTEXT.getBean(JsonMapper.class);
    public static final WholecartProperties PROPERTIES = settings("wholecart", WholecartProperties.class);
    public static final TrainingParameters TRAINING = settings("wholecart.training", TrainingParameters.class);

    private ConfiguredService() {}

    /** Takes the time of the first use, which is not that of what is measured later. */
    public static void start() {
        JSON.writeValueAsString(PROPERTIES.behaviors());
    }

    private static <T> T settings(String name, Class<T> type) {
        return Binder.get(CONTEXT.getEnvironment()).bind(name, type).get();
    }

    /** A body as Spring binds it to a controller's parameter, or what the caller is told instead. */
    public static <T> T body(byte[] body, TypeReference<T> type) {
        T bound;
        try {
            bound = JSON.readValue(body, type);
        } catch (JacksonException e) {
            throw JsonProblems.explain(e);
        }
        if (bound == null) {
            throw JsonProblems.explain(null);
        }
        return bound;
    }

    /** Longest message, in characters: what was sent is not sent back as a whole. */
    private static final int LONGEST_MESSAGE = 300;

    /** Holds what every refusal promises: a 4xx with a word for programs, errors that say something, all of it JSON. */
    public static void requireHonest(ApiException refusal) {
        List<InputError> errors = refusal.errors();
        boolean speaks = refusal.status().is4xxClientError()
                && !refusal.code().isBlank()
                && !String.valueOf(refusal.getMessage()).isBlank();
        if (!speaks || (errors.isEmpty() && refusal.code().equals("invalidInput"))) {
            throw new AssertionError("a refusal that says nothing: " + refusal.status() + " " + errors, refusal);
        }
        requireJson(refusal.getMessage());
        errors.forEach(ConfiguredService::requireHonest);
    }

    /** Holds that one error can be told. */
    public static void requireHonest(InputError error) {
        if (error.message().isBlank() || error.describe().length() > LONGEST_MESSAGE) {
            throw new AssertionError("an error of " + error.describe().length() + " characters: " + error);
        }
        requireJson(error);
    }

    /** Holds that the service can write this into an answer, and that it is read as it was meant. */
    private static void requireJson(Object value) {
        Object read = JSON.readValue(JSON.writeValueAsBytes(value), value.getClass());
        if (!value.equals(read)) {
            throw new AssertionError("written as JSON it is read as " + read + ", not as " + value);
        }
    }
}
