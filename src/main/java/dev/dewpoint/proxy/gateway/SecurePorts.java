package dev.dewpoint.proxy.gateway;

import io.undertow.connector.ByteBufferPool;
import io.undertow.protocols.ssl.UndertowXnioSsl;
import io.undertow.server.DefaultByteBufferPool;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.xnio.ChannelListener;
import org.xnio.ChannelListeners;
import org.xnio.IoUtils;
import org.xnio.OptionMap;
import org.xnio.StreamConnection;
import org.xnio.Xnio;
import org.xnio.XnioWorker;
import org.xnio.channels.AcceptingChannel;
import org.xnio.ssl.SslConnection;

/** Ports that speak TLS. Nothing of this is loaded where there are none. */
final class SecurePorts {
    private static final int RECORD = 17 << 10;
    private static final String[] PROTOCOLS = {"h2", "http/1.1"};

    private final XnioWorker worker;
    private final Duration handshake;
    private final ByteBufferPool pool = new DefaultByteBufferPool(true, RECORD);

    /** {@code handshake}: the time a client has for it. */
    SecurePorts(XnioWorker worker, Duration handshake) {
        this.worker = worker;
        this.handshake = handshake;
    }

    AcceptingChannel<SslConnection> open(InetSocketAddress at, SSLContext context, OptionMap options, ChannelListener<StreamConnection> taker) throws IOException {
        ChannelListener<SslConnection> chosen = connection -> {
            SSLEngine engine = UndertowXnioSsl.getSslEngine(connection);
            SSLParameters parameters = engine.getSSLParameters();
            parameters.setApplicationProtocols(PROTOCOLS);
            parameters.setUseCipherSuitesOrder(true);
            engine.setSSLParameters(parameters);
            connection.getIoThread().executeAfter(() -> closeUnlessAgreed(connection, engine), handshake.toMillis(), TimeUnit.MILLISECONDS);
            taker.handleEvent(connection);
        };
        return new UndertowXnioSsl(Xnio.getInstance(SecurePorts.class.getClassLoader()), OptionMap.EMPTY, pool, context)
                .createSslConnectionServer(worker, at, ChannelListeners.openListenerAdapter(chosen), options);
    }

    private static void closeUnlessAgreed(SslConnection connection, SSLEngine engine) {
        if (connection.isOpen() && engine.getSession().getProtocol().equals("NONE")) {
            IoUtils.safeClose(connection);
        }
    }
}
