package io.wholecart.platform;

import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotEmpty;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.validation.annotation.Validated;

/**
 * The settings that concern more than one room.
 *
 * @param behaviors names in the order of the shopper's way; the last is the target
 * @param dataDirectory where the embedded database lives
 * @param roles what this process does
 */
@Validated
@ConfigurationProperties("wholecart")
public record WholecartProperties(
        @NotEmpty List<@NotBlank String> behaviors,
        Path dataDirectory,
        @NotEmpty Set<Role> roles) {

    /** What a process does: {@code api} answers shops, {@code trainer} claims training runs. */
    public enum Role {
        API,
        TRAINER
    }

    public WholecartProperties {
        if (Set.copyOf(behaviors).size() != behaviors.size()) {
            throw new IllegalArgumentException("wholecart.behaviors names a behavior twice: " + behaviors);
        }
    }

    /** The behavior that recommendations predict: the last one. */
    public String target() {
        return behaviors.get(behaviors.size() - 1);
    }
}
