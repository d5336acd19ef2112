#include "traffic.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cstdio>

namespace serialtcp::bench {

using namespace std::chrono_literals;

namespace {

/// A measurement without progress for this long has failed.
constexpr auto kPatience = 60s;
/// A flow in which nothing arrives for this long after the window counts as it is.
constexpr auto kAfterWindow = 10s;
constexpr auto kLongestWait = 1s;

std::chrono::nanoseconds from_ms(double value) {
  return std::chrono::nanoseconds(static_cast<std::int64_t>(value * 1e6));
}

std::chrono::nanoseconds from_seconds(double value) {
  return from_ms(value * 1e3);
}

void say(const std::string& text) {
  std::printf("%s\n", text.c_str());
  std::fflush(stdout);
}

}  // namespace

Traffic::Traffic(Plan plan)
    : plan_(std::move(plan)),
      payload_(plan_.text.empty() ? Payload::random() : Payload::files(plan_.text)),
      started_(steady_now()),
      listener_(plan_.listen_fd, [this](Socket socket) { accepted(std::move(socket)); }) {}

void Traffic::run() {
  while (!over_) {
    proceed();
    turn();
  }
}

void Traffic::turn() {
  std::vector<pollfd> polls{{STDIN_FILENO, POLLIN, 0}, {listener_.fd(), listener_.events(), 0}};
  std::vector<Connection*> connections{nullptr, &listener_};
  const auto add = [&](Connection& connection) {
    const short events = connection.events();
    if (connection.fd() < 0 || events == 0) return;
    polls.push_back({connection.fd(), events, 0});
    connections.push_back(&connection);
  };
  for (const auto& target : targets_) add(*target);
  for (const auto& client : clients_) add(*client);

  const auto wait = std::clamp<std::chrono::nanoseconds>(due() - steady_now(), 0ns, kLongestWait);
  const timespec timeout{.tv_sec = wait / 1s, .tv_nsec = (wait % 1s).count()};
  if (::ppoll(polls.data(), polls.size(), &timeout, nullptr) < 0 && errno != EINTR)
    throw Failure(std::string("poll failed: ") + std::strerror(errno));

  if (polls[0].revents != 0) command();
  for (std::size_t i = 1; i < polls.size(); ++i)
    if (polls[i].revents != 0) connections[i]->ready(polls[i].revents);
  for (const auto& client : clients_)
    if (client->due() <= steady_now()) client->tick();
  std::erase_if(targets_, [](const auto& target) { return target->finished(); });
}

SteadyTime Traffic::due() const {
  SteadyTime earliest = phase_ == Phase::warming_up ? warm_at_ : SteadyTime::max();
  if (phase_ == Phase::measuring) earliest = steady_now() < window_.end ? window_.end : steady_now() + 1ms;
  for (const auto& client : clients_) earliest = std::min(earliest, client->due());
  // Away from the limits of the type, where a subtraction would overflow.
  const SteadyTime now = steady_now();
  return std::clamp(earliest, now, now + kLongestWait);
}

// ---- Connections ----

void Traffic::start_next() {
  if (!clients_.empty() && !clients_.back()->established()) return;
  if (auto client = make_client(static_cast<unsigned>(clients_.size())))
    clients_.push_back(std::move(client));
}

/// Bulk first, so that an echo starts on a line that is in use already.
std::unique_ptr<Connection> Traffic::make_client(unsigned number) {
  if (plan_.first_echo) return number == 0 ? std::make_unique<FirstEcho>(plan_.port) : nullptr;
  unsigned flow = number;
  const auto name = [&](const char* kind) { return kind + std::to_string(number); };
  const auto bulk = [&](Direction direction, std::optional<Source> source, std::shared_ptr<Sink> sink) {
    return std::make_unique<BulkClient>(plan_.port, direction, number, std::move(source), std::move(sink));
  };
  if (flow < plan_.up) return bulk(Direction::up, Source(payload_, number), nullptr);
  flow -= plan_.up;
  if (flow < plan_.down) return bulk(Direction::down, std::nullopt, new_sink(number, name("down")));
  flow -= plan_.down;
  if (flow < plan_.both)
    return bulk(Direction::both, Source(payload_, number), new_sink(number, name("down")));
  flow -= plan_.both;
  if (flow < plan_.idle) return std::make_unique<EchoClient>(plan_.port, 0ns, window_, samples_);
  flow -= plan_.idle;
  if (plan_.echo_ms > 0 && flow-- == 0)
    return std::make_unique<EchoClient>(plan_.port, from_ms(plan_.echo_ms), window_, samples_);
  if (plan_.open_ms > 0 && flow == 0)
    return std::make_unique<OpenClient>(plan_.port, from_ms(plan_.open_ms), window_, samples_);
  return nullptr;
}

void Traffic::accepted(Socket socket) {
  const auto up_sink = [this](unsigned flow) { return new_sink(flow, "up" + std::to_string(flow)); };
  targets_.push_back(std::make_unique<TargetConnection>(std::move(socket), payload_, up_sink));
}

std::shared_ptr<Sink> Traffic::new_sink(unsigned flow, std::string name) {
  sinks_.push_back(std::make_shared<Sink>(payload_, window_, flow, std::move(name)));
  return sinks_.back();
}

bool Traffic::all_run() const {
  const std::size_t flows = plan_.up + plan_.down + 2 * std::size_t{plan_.both};
  const auto runs = [](const auto& sink) { return sink->received() > 0; };
  return clients_.back()->established() && sinks_.size() == flows && std::ranges::all_of(sinks_, runs);
}

// ---- Phases ----

void Traffic::command() {
  std::array<char, 64> text;
  const ssize_t count = ::read(STDIN_FILENO, text.data(), text.size());
  if (count <= 0) {
    over_ = true;
  } else if (phase_ == Phase::ready) {
    window_.begin = steady_now();
    window_.end = window_.begin + from_seconds(plan_.seconds);
    phase_ = Phase::measuring;
  }
}

void Traffic::proceed() {
  switch (phase_) {
    case Phase::starting: {
      const std::size_t before = clients_.size();
      start_next();
      if (clients_.size() == before && all_run()) {
        warm_at_ = steady_now() + from_seconds(plan_.warm_up);
        phase_ = Phase::warming_up;
      } else if (steady_now() > started_ + kPatience) {
        throw Failure("after a minute not all connections run: " + std::to_string(clients_.size()) +
                      " were started, " + std::to_string(sinks_.size()) + " flows arrive");
      }
      return;
    }
    case Phase::warming_up:
      if (plan_.first_echo) {
        report_first_echo();
        phase_ = Phase::finished;
      } else if (steady_now() >= warm_at_) {
        say("ready");
        phase_ = Phase::ready;
      }
      return;
    case Phase::measuring:
      if (!measured()) return;
      for (const auto& sink : sinks_)
        if (!sink->measured()) sink->give_up();
      report();
      phase_ = Phase::finished;
      return;
    case Phase::ready:
    case Phase::finished:
      return;
  }
}

bool Traffic::measured() const {
  const SteadyTime now = steady_now();
  const auto done = [](const auto& sink) { return sink->measured(); };
  if (now >= window_.end + kAfterWindow) return true;
  const bool all_done = std::ranges::all_of(sinks_, done);
  return all_done && (now >= window_.end || (!sinks_.empty() && plan_.echo_ms == 0 && plan_.open_ms == 0));
}

// ---- Results ----

void Traffic::report() const {
  std::string text = "{\"flows\": {";
  for (const auto& sink : sinks_) {
    text += (sink == sinks_.front() ? "\"" : ", \"") + sink->name() +
            "\": {\"bytes\": " + std::to_string(sink->bytes()) +
            ", \"seconds\": " + std::to_string(sink->seconds()) + "}";
  }
  text += "}, \"samples_ms\": [";
  for (std::size_t i = 0; i < samples_.size(); ++i)
    text += (i == 0 ? "" : ", ") + std::to_string(samples_[i]);
  say(text + "]}");
}

void Traffic::report_first_echo() const {
  const auto& first = dynamic_cast<const FirstEcho&>(*clients_.front());
  const double seconds = std::chrono::duration<double>(first.echoed().time_since_epoch()).count();
  say("{\"first_echo_at\": " + std::to_string(seconds) + "}");
}

}  // namespace serialtcp::bench
