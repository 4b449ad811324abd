package io.wholecart.recommendation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;

import io.wholecart.catalog.Catalog;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CatalogViewTest {

    private final List<Catalog.State> told = new ArrayList<>();
    private long counter;
    private final Catalog catalog = mock(Catalog.class);
    private final CatalogView view = new CatalogView(catalog);

    @BeforeEach
    void answerWithWhatWasTold() {
        doAnswer(call -> {
                    long after = call.getArgument(0);
                    Consumer<Catalog.State> visitor = call.getArgument(1);
                    told.stream()
                            .filter(item -> item.change() > after)
                            .sorted(Comparator.comparing(Catalog.State::change))
                            .forEach(visitor);
                    return counter;
                })
                .when(catalog)
                .forEachChangeAfter(anyLong(), any());
    }

    private void tell(int item, boolean available, long change, String... categories) {
        told.removeIf(before -> before.number() == item);
        told.add(new Catalog.State(item, available, List.of(categories), change));
    }

    @Test
    void whereNothingWasToldNothingIsReadTwice() {
        counter = 1;
        assertThat(view.atLeast(1).available(5)).isTrue();
        view.atLeast(1);
        assertThat(view.atLeast(0)).isSameAs(view.state());
        verify(catalog, times(1)).forEachChangeAfter(anyLong(), any());
    }

    @Test
    void ofAnotherServerNothingIsTakenForKnown() {
        tell(5, false, 7, "a");
        tell(6, true, 9, "a");
        view.follow(new Catalog.Look(9, "one"));
        CatalogView.State before = view.state();
        told.clear();
        tell(6, false, 3, "b");
        view.follow(new Catalog.Look(8, "one"));
        assertThat(view.state()).isSameAs(before);
        counter = 4;
        view.follow(new Catalog.Look(4, "another"));
        assertThat(view.atLeast(9)).as("a number of the server before").isNotNull();
        assertThat(view.state().change()).isEqualTo(4);
        assertThat(view.state().available(5)).isTrue();
        assertThat(view.state().available(6)).isFalse();
        assertThat(view.state().inCategory()).containsOnlyKeys("b");
        tell(6, true, 5, "c");
        view.follow(new Catalog.Look(5, "another"));
        assertThat(view.state().available(6)).isTrue();
        assertThat(view.state().inCategory()).containsOnlyKeys("c");
    }

    @Test
    void changesComeOnTopOfWhatWasKnown() {
        tell(5, false, 2, "a", "b");
        tell(900_000, true, 2, "b");
        CatalogView.State first = view.atLeast(2);
        assertThat(first.available(5)).isFalse();
        assertThat(first.available(900_000)).isTrue();
        assertThat(first.inAnyOf(List.of("a", "b", "unheard of")).toArray()).containsExactly(5, 900_000);
        tell(5, true, 3, "c");
        tell(7, false, 4, "b");
        CatalogView.State second = view.atLeast(3);
        assertThat(second.change()).as("more than asked for is as good").isEqualTo(4);
        assertThat(second.available(5)).isTrue();
        assertThat(second.available(7)).isFalse();
        assertThat(second.inAnyOf(List.of("b")).toArray()).containsExactly(7, 900_000);
        assertThat(second.inAnyOf(List.of("a")).isEmpty()).isTrue();
        assertThat(second.inCategory()).containsOnlyKeys("b", "c");
        assertThat(first.inAnyOf(List.of("a", "b")).toArray())
                .as("who has the state before keeps it")
                .containsExactly(5, 900_000);
        assertThat(first.available(5)).isFalse();
    }
}
