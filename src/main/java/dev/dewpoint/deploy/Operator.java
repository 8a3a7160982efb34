package dev.dewpoint.deploy;

import dev.dewpoint.registry.Registry;
import dev.dewpoint.registry.Resolution;
import dev.dewpoint.release.Candidate;
import dev.dewpoint.release.Tag;
import dev.dewpoint.release.Version;
import java.util.List;
import java.util.Optional;

/** Carries out what people ask of the loop, on the loop's thread. */
final class Operator {
    private final Policy policy;
    private final Registry registry;
    private final LedgerFile ledger;
    private final Attempts attempts;
    private final Delivery delivery;

    Operator(Policy policy, Registry registry, LedgerFile ledger, Attempts attempts, Delivery delivery) {
        this.policy = policy;
        this.registry = registry;
        this.ledger = ledger;
        this.attempts = attempts;
        this.delivery = delivery;
    }

    Request.Reply carryOut(Request request) {
        return switch (request) {
            case Request.Deploy deploy -> deploy(deploy.version());
            case Request.RollBack rollBack -> rollBack(rollBack.version());
            case Request.Restart _ -> attempts.restart();
            case Request.Scale scale -> delivery.tended().scale(scale.replicas());
            case Request.Pause _ -> {
                ledger.write(ledger.now().paused(true));
                yield new Request.Reply(true, "paused; `dewpoint resume` goes on");
            }
            case Request.Resume _ -> {
                ledger.write(ledger.now().paused(false).pinned(Optional.empty()));
                yield new Request.Reply(true, "follows the newest release again");
            }
        };
    }

    private Request.Reply deploy(Optional<String> wanted) {
        attempts.catchUp();
        List<Candidate> candidates = registry.tags();
        Optional<Version> version = wanted.isEmpty() ? policy.selection().newest(candidates) : named(wanted.get(), candidates);
        if (version.isEmpty()) {
            return new Request.Reply(false, wanted.map(v -> "no release " + v + " is announced").orElse("no release to follow is announced"));
        }
        return switch (registry.resolve(version.get())) {
            case Resolution.NotYet pending -> new Request.Reply(false, "the artifact of " + version.get().tag() + " is not there: " + pending.why());
            case Resolution.Found found -> {
                String announcement = found.release().artifact().announcement();
                boolean serves = ledger.now().serving().filter(s -> s.source().equals(policy.source()) && s.tag().equals(version.get().tag()) && s.announcement().equals(announcement)).isPresent();
                if (serves) {
                    yield new Request.Reply(true, version.get().tag() + " serves already");
                }
                ledger.write(ledger.now().forgiven(announcement, policy.source(), version.get().tag(), found.release().artifact().fileName()));
                yield reply(attempts.run(new Plan.Fresh(found.release())));
            }
        };
    }

    private Optional<Version> named(String wanted, List<Candidate> candidates) {
        List<Tag> tags = candidates.stream().map(Candidate::tag).toList();
        return tags.stream().filter(tag -> tag.text().equals(wanted)).findFirst().or(() -> tags.stream().filter(tag -> tag.text().equals("v" + wanted)).findFirst())
                .flatMap(policy.selection().order()::parse);
    }

    private Request.Reply rollBack(Optional<String> wanted) {
        attempts.catchUp();
        Ledger now = ledger.now();
        if (wanted.isPresent() && now.serving().filter(s -> isCalled(s, wanted.get())).isPresent()) {
            return new Request.Reply(false, wanted.get() + " is what serves now");
        }
        Optional<Served> target = now.before().stream().filter(served -> wanted.map(w -> isCalled(served, w)).orElse(true)).findFirst();
        if (target.isEmpty()) {
            return new Request.Reply(false, wanted.map(w -> w + " has not served here").orElse("nothing has served here before") + "; `dewpoint history` shows what has");
        }
        return reply(attempts.run(new Plan.Again(target.get())));
    }

    private static boolean isCalled(Served served, String wanted) {
        return served.tag().text().equals(wanted) || served.tag().text().equals("v" + wanted);
    }

    private static Request.Reply reply(Outcome outcome) {
        return new Request.Reply(outcome instanceof Outcome.Deployed, outcome.word() + outcome.reason().map(why -> ": " + why).orElse(""));
    }
}
