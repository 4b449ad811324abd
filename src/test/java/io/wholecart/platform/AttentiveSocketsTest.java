package io.wholecart.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.Test;

class AttentiveSocketsTest {

    private final AttentiveSockets sockets = new AttentiveSockets();

    @Test
    void looksAfterTheOtherEndWithinHalfAMinute() throws IOException {
        try (Socket socket = sockets.createSocket()) {
            assumeTrue(socket.supportedOptions().contains(ExtendedSocketOptions.TCP_KEEPIDLE));
            assertThat(socket.getOption(StandardSocketOptions.SO_KEEPALIVE)).isTrue();
            int seconds = socket.getOption(ExtendedSocketOptions.TCP_KEEPIDLE)
                    + socket.getOption(ExtendedSocketOptions.TCP_KEEPINTERVAL)
                            * socket.getOption(ExtendedSocketOptions.TCP_KEEPCOUNT);
            assertThat(seconds).isBetween(20, 30);
        }
    }

    @Test
    void connects() throws IOException {
        InetAddress here = InetAddress.getLoopbackAddress();
        try (ServerSocket server = new ServerSocket(0, 5, here);
                Socket byName = sockets.createSocket("localhost", server.getLocalPort());
                Socket byAddress = sockets.createSocket(here, server.getLocalPort());
                Socket bound = sockets.createSocket(here, server.getLocalPort(), here, 0)) {
            assertThat(byName.isConnected()).isTrue();
            assertThat(byAddress.getKeepAlive()).isTrue();
            assertThat(bound.getLocalAddress()).isEqualTo(here);
        }
    }
}
