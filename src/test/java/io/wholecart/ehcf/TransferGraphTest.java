package io.wholecart.ehcf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class TransferGraphTest {

    @Test
    void theChainLetsEveryEarlierBehaviorPrecedeEveryLaterOne() {
        assertThat(TransferGraph.chain(3).precedents()).containsExactly(List.of(), List.of(0), List.of(0, 1));
        assertThat(TransferGraph.none(2).precedents()).containsExactly(List.of(), List.of());
    }

    @Test
    void theOrderPutsPrecedentsFirst() {
        assertThat(new TransferGraph(List.of(List.of(1, 2), List.of(2), List.of())).order())
                .containsExactly(2, 1, 0);
    }

    @Test
    void circlesAndUnknownBehaviorsAreRefused() {
        assertThatThrownBy(() -> new TransferGraph(List.of(List.of(1), List.of(0))))
                .hasMessageContaining("circle");
        assertThatThrownBy(() -> new TransferGraph(List.of(List.of(0)))).hasMessageContaining("circle");
        assertThatThrownBy(() -> new TransferGraph(List.of(List.of(), List.of(2))))
                .hasMessageContaining("not one of the 2");
    }
}
