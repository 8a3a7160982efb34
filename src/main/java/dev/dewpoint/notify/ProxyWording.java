package dev.dewpoint.notify;

import dev.dewpoint.proxy.ProxyEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The words for what happened to those behind a route. Pure, as {@link Wording}. */
final class ProxyWording {
    private static final String APP = "proxy";

    private final Wording wording;

    ProxyWording(Wording wording) {
        this.wording = wording;
    }

    Optional<Notice> of(ProxyEvent event, Telling telling) {
        if (telling instanceof Telling.Silent) {
            return Optional.empty();
        }
        return switch (event) {
            case ProxyEvent.BackendUnready e -> Optional.of(trouble("backend-unready", e, Notice.Tone.WARNING, "Backend " + e.backend() + " is not ready", List.of("Reason: " + e.why()), telling));
            case ProxyEvent.BackendEjected e -> Optional.of(trouble("backend-ejected", e, Notice.Tone.WARNING, "Backend " + e.backend() + " is put out",
                    List.of("Reason: " + e.why(), "Next check in " + Wording.words(e.rest())), telling));
            case ProxyEvent.BackendKept e -> Optional.of(trouble("backend-kept", e, Notice.Tone.WARNING, "Backend " + e.backend() + " fails and stays, as the last one", List.of("Reason: " + e.why()), telling));
            case ProxyEvent.BackendReady e -> Optional.of(recovery("backend-recovered", e, "Recovered: backend " + e.backend() + " is ready", telling));
            case ProxyEvent.RouteEmpty e -> Optional.of(trouble("route-empty", e, Notice.Tone.BAD, "No backend is ready: " + e.route(), List.of(), telling));
            case ProxyEvent.RouteServed e -> Optional.of(recovery("route-served", e, "Recovered: " + e.route() + " is served again", telling));
            case ProxyEvent.BackendJoined _, ProxyEvent.BackendLeft _, ProxyEvent.LookupFailed _, ProxyEvent.LookupRecovered _, ProxyEvent.RouteWaits _, ProxyEvent.Stumbled _ -> Optional.empty();
        };
    }

    private Notice trouble(String word, ProxyEvent event, Notice.Tone tone, String title, List<String> lines, Telling telling) {
        List<String> all = new ArrayList<>(lines);
        all.add("Route: " + event.route());
        if (telling instanceof Telling.Again again) {
            all.add("Since " + Wording.at(again.since()));
        }
        return wording.free(word, APP, event.at(), Notice.Importance.ERROR, tone, title, all, Optional.empty());
    }

    private Notice recovery(String word, ProxyEvent event, String title, Telling telling) {
        List<String> lines = new ArrayList<>(List.of("Route: " + event.route()));
        if (telling instanceof Telling.Recovered recovered) {
            lines.add("It was not since " + Wording.at(recovered.since()));
        }
        return wording.free(word, APP, event.at(), Notice.Importance.OUTCOME, Notice.Tone.GOOD, title, lines, Optional.empty());
    }
}
