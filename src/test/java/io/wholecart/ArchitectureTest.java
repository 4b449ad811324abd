package io.wholecart;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds the house plan: which room may import which, and nothing else. */
class ArchitectureTest {

    private static final String ROOT = "io.wholecart";

    /** Every room and the rooms it may use; {@code platform} is open to all. The root package joins them. */
    private static final Map<String, List<String>> ARROWS = Map.ofEntries(
            Map.entry("platform", List.of()),
            Map.entry("database", List.of()),
            Map.entry("security", List.of()),
            Map.entry("openapi", List.of("security")),
            Map.entry("console", List.of()),
            Map.entry("catalog", List.of()),
            Map.entry("event", List.of("catalog")),
            Map.entry("interaction", List.of()),
            Map.entry("ehcf", List.of("interaction")),
            Map.entry("evaluation", List.of("ehcf", "interaction")),
            Map.entry("cuda", List.of("evaluation", "ehcf", "interaction")),
            Map.entry("model", List.of("ehcf")),
            Map.entry("experiment", List.of("evaluation", "ehcf", "interaction")),
            Map.entry("commandline", List.of("experiment", "cuda", "evaluation", "ehcf", "interaction")),
            Map.entry("training", List.of("experiment", "cuda", "model", "evaluation", "ehcf", "interaction")),
            Map.entry("recommendation", List.of("model", "ehcf", "catalog", "event")),
            Map.entry("demo", List.of("event", "catalog", "training", "model", "security")));

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages(ROOT);

    static Stream<String> rooms() {
        return ARROWS.keySet().stream().sorted();
    }

    @Test
    void everyRoomIsOnThePlan() {
        TreeSet<String> found = new TreeSet<>();
        for (JavaClass type : CLASSES) {
            if (!type.getPackageName().equals(ROOT)) {
                found.add(type.getPackageName().substring(ROOT.length() + 1));
            }
        }
        assertThat(found).isEqualTo(new TreeSet<>(ARROWS.keySet()));
    }

    @ParameterizedTest
    @MethodSource("rooms")
    void aRoomUsesOnlyThoseItsArrowsPointTo(String room) {
        String[] forbidden = ARROWS.keySet().stream()
                .filter(other -> !other.equals(room) && !other.equals("platform"))
                .filter(other -> !ARROWS.get(room).contains(other))
                .map(other -> ROOT + "." + other)
                .toArray(String[]::new);
        noClasses()
                .that()
                .resideInAPackage(ROOT + "." + room)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(forbidden)
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName(ROOT + ".EventTableSource")
                .check(CLASSES);
    }

    @Test
    void thereAreNoCircles() {
        slices().matching(ROOT + ".(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void theMathematicsKnowsNoFramework() {
        classes()
                .that()
                .resideInAnyPackage(ROOT + ".ehcf", ROOT + ".interaction", ROOT + ".evaluation")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..",
                        "jdk.incubator.vector..",
                        "org.nd4j..",
                        "org.jspecify..",
                        ROOT + ".ehcf",
                        ROOT + ".interaction",
                        ROOT + ".evaluation")
                .check(CLASSES);
    }

    @Test
    void onlyOneRoomKnowsCuda() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + ".cuda")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.bytedeco.cuda..")
                .check(CLASSES);
    }

    @Test
    void theCardKnowsNoFramework() {
        classes()
                .that()
                .resideInAPackage(ROOT + ".cuda")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..",
                        "org.bytedeco..",
                        "org.jspecify..",
                        ROOT + ".cuda",
                        ROOT + ".ehcf",
                        ROOT + ".interaction",
                        ROOT + ".evaluation")
                .check(CLASSES);
    }
}
