package dev.dewpoint.proxy.gateway;

import io.undertow.connector.ByteBufferPool;
import io.undertow.protocols.ssl.UndertowXnioSsl;
import io.undertow.server.DefaultByteBufferPool;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.xnio.ChannelListener;
import org.xnio.IoUtils;
import org.xnio.OptionMap;
import org.xnio.StreamConnection;
import org.xnio.Xnio;
import org.xnio.ssl.SslConnection;

/** Puts TLS before a port. Nothing of this is loaded where none is. */
final class Handshakes implements ChannelListener<StreamConnection> {
    private static final int RECORD = 17 << 10;
    private static final String[] PROTOCOLS = {"h2", "http/1.1"};

    private final UndertowXnioSsl ssl;
    private final Duration most;
    private final ChannelListener<StreamConnection> taker;

    /** {@code most}: the time a client has for it. */
    Handshakes(SSLContext context, Duration most, ChannelListener<StreamConnection> taker) {
        ByteBufferPool pool = new DefaultByteBufferPool(true, RECORD);
        this.ssl = new UndertowXnioSsl(Xnio.getInstance(Handshakes.class.getClassLoader()), OptionMap.EMPTY, pool, context);
        this.most = most;
        this.taker = taker;
    }

    @Override
    public void handleEvent(StreamConnection clear) {
        SslConnection connection = ssl.wrapExistingConnection(clear, OptionMap.EMPTY, false);
        SSLEngine engine = UndertowXnioSsl.getSslEngine(connection);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setApplicationProtocols(PROTOCOLS);
        parameters.setUseCipherSuitesOrder(true);
        engine.setSSLParameters(parameters);
        connection.getIoThread().executeAfter(() -> closeUnlessAgreed(connection, engine), most.toMillis(), TimeUnit.MILLISECONDS);
        taker.handleEvent(connection);
    }

    private static void closeUnlessAgreed(SslConnection connection, SSLEngine engine) {
        if (connection.isOpen() && engine.getSession().getProtocol().equals("NONE")) {
            IoUtils.safeClose(connection);
        }
    }
}
