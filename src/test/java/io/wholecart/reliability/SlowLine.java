package io.wholecart.reliability;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A TCP line to a server that can be slow, go silent without being closed, forget its connections, and be cut. */
final class SlowLine implements AutoCloseable {

    private static final int PACKET = 8192;

    private final int server;
    private final ServerSocket door;
    private final Set<Pair> pairs = ConcurrentHashMap.newKeySet();
    private final Object change = new Object();
    private volatile long millisPerPacket;
    private volatile boolean silent;
    private volatile boolean cut;

    /** Opens it on a port of its own. */
    SlowLine(int server) {
        this.server = server;
        try {
            this.door = new ServerSocket(Ports.free(), 500, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        daemon(this::accept);
    }

    int port() {
        return door.getLocalPort();
    }

    void slow(long delayMillis) {
        millisPerPacket = delayMillis;
    }

    /** Takes connections, and what is sent, and passes nothing on. */
    void silence() {
        silent = true;
    }

    /** Passes on again, also what was held back. */
    void resume() {
        synchronized (change) {
            silent = false;
            change.notifyAll();
        }
    }

    /** What is connected stays silent for ever, as after the loss of a firewall's memory; new connections work. */
    void forget() {
        pairs.forEach(Pair::forget);
        resume();
    }

    /** Closes what is connected and whoever comes. */
    void cut() {
        cut = true;
        pairs.forEach(Pair::close);
        resume();
    }

    void mend() {
        cut = false;
    }

    private static void daemon(Runnable work) {
        Thread thread = new Thread(work, "slow-line");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        while (!door.isClosed()) {
            try {
                Pair pair = new Pair(door.accept());
                pairs.add(pair);
                daemon(pair::open);
            } catch (IOException closed) {
                // The loop's condition tells.
            }
        }
    }

    private final class Pair {

        private final Socket client;
        private volatile Socket upstream = new Socket();
        private volatile boolean forgotten;

        Pair(Socket client) {
            this.client = client;
        }

        void open() {
            try {
                if (cut) {
                    throw new IOException("cut");
                }
                upstream = new Socket(InetAddress.getLoopbackAddress(), server);
                client.setTcpNoDelay(true);
                upstream.setTcpNoDelay(true);
                daemon(() -> pump(upstream, client));
                pump(client, upstream);
            } catch (IOException e) {
                close();
            }
        }

        private void pump(Socket from, Socket to) {
            byte[] packet = new byte[PACKET];
            try {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                for (int n = in.read(packet); n >= 0; n = in.read(packet)) {
                    delay();
                    out.write(packet, 0, n);
                }
                // A server that goes says so through the same line.
                delay();
            } catch (IOException e) {
                // Closed below.
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (!forgotten) {
                close();
            }
        }

        private void delay() throws InterruptedException {
            if (millisPerPacket > 0) {
                Thread.sleep(millisPerPacket);
            }
            synchronized (change) {
                while (silent || (forgotten && !client.isClosed())) {
                    change.wait(1000);
                }
            }
        }

        /** The server is rid of it, the client does not hear of that. */
        void forget() {
            forgotten = true;
            close(upstream);
        }

        void close() {
            pairs.remove(this);
            close(client);
            close(upstream);
        }

        private static void close(Socket socket) {
            try {
                socket.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Override
    public void close() throws IOException {
        door.close();
        cut();
    }
}
