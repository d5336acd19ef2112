#include "world.h"

#include <algorithm>
#include <cstdlib>

namespace serialtcp::test {

namespace {

// The service number: the behaviour, and the stream's number in the ledger.
constexpr std::uint16_t kBehaviours = 8;
constexpr std::uint16_t kNumbers = 0x10000 / kBehaviours;

std::size_t index(End end) {
  return end == End::a ? 0 : 1;
}

sim::PairConfig pair_config(const WorldConfig& config) {
  sim::PairConfig pair;
  pair.seed = config.seed;
  pair.cable.a.baud = pair.cable.b.baud = config.baud;
  pair.cable.faults = config.faults;
  pair.cable.latency = config.latency;
  pair.cable.quantum = config.quantum;
  pair.cable.lumps = config.lumps;
  pair.cable.queue_capacity = config.tty_queue;
  pair.a.nominal_rate = pair.b.nominal_rate = config.nominal_rate.value_or(config.baud / 10);
  pair.a.hold = pair.b.hold = config.hold;
  pair.a.duplex = config.a_duplex;
  pair.b.duplex = config.b_duplex;
  pair.cable.shared = config.shared;
  pair.a.clean = config.a_clean;
  pair.b.clean = config.b_clean;
  pair.a.role = config.a_role;
  pair.a.at_prompt = config.a_at_prompt;
  pair.a.compression = config.a_compression;
  pair.b.compression = config.b_compression;
  pair.a.protocol = config.a_protocol;
  pair.b.protocol = config.b_protocol;
  pair.b.role = config.b_role;
  pair.a.key = config.a_key;
  pair.b.key = config.b_key;
  // Every test can be run over a sealed link, too, unless it sets the protocol.
  const bool own = config.a_protocol != Protocol::original && config.b_protocol != Protocol::original;
  if (own && std::getenv("SERIALTCP_SEALED") && !pair.a.key && !pair.b.key) {
    pair.a.key = pair.b.key = key_number(1);
  }
  pair.a_speeds = config.a_speeds;
  pair.b_speeds = config.b_speeds;
  pair.a.services = config.a_services;
  pair.b.services = config.b_services;
  pair.cable.b.baud = config.b_baud.value_or(config.baud);
  pair.cable.receive_buffer = config.receive_buffer;
  pair.a.max_streams = pair.b.max_streams = config.max_streams;
  return pair;
}

}  // namespace

Key key_number(Byte number) {
  std::array<Byte, Key::kSize> bytes{};
  bytes[0] = number;
  return Key(bytes);
}

World::World(const WorldConfig& config) : config_(config), pair_(pair_config(config)) {
  if (config.b_to_a_lumps) pair_.cable().set_lumps(End::b, *config.b_to_a_lumps);
  if (!config.b_to_a_baud) return;
  sim::LineSettings settings;
  settings.baud = *config.b_to_a_baud;
  pair_.cable().set_direction(End::b, settings, now());
}

void World::start_both() {
  pair_.start(End::a);
  pair_.start(End::b);
}

void World::shut_down(End end) {
  pair_.at(end).shut_down(now());
  // It knows this without an event.
  line_events_[index(end)].push_back(event::LinkDown{LinkDownReason::peer_left});
  pair_.pump(end);
}

void World::leave_and_return(End end) {
  shut_down(end);
  run_until([&] { return pair_.at(end).finished(); }, 1s);
  restart(end);
}

void World::restart(End end) {
  pair_.stop(end);
  ++restarts_[index(end)];
  // A new endpoint uses the same ids again.
  while (!sockets(end).empty()) {
    buried_.push_back(sockets(end).extract(sockets(end).begin()));
    Socket& socket = buried_.back().mapped();
    if (!socket.done()) socket.reset = ResetReason::link_lost;
  }
  pair_.start(end);
}

void World::replace(End end, Protocol protocol) {
  pair_.set_protocol(end, protocol);
  restart(end);
}

std::optional<Protocol> World::protocol_at(End end) const {
  std::optional<Protocol> protocol;
  for (const Event& event : line_events(end)) {
    if (const auto* up = std::get_if<event::LinkUp>(&event)) protocol = up->protocol;
  }
  return protocol;
}

Duration World::bring_up(Duration limit) {
  const Time from = now();
  EXPECT_TRUE(run_until([&] { return pair_.at(End::a).link_up() && pair_.at(End::b).link_up(); }, limit));
  return now() - from;
}

void World::run_for(Duration duration) {
  run_until([] { return false; }, duration);
}

bool World::run_until(const std::function<bool()>& done, Duration limit) {
  const Time end = now() + limit;
  for (;;) {
    serve(End::a);
    serve(End::b);
    if (done()) return true;
    if (!pair_.step(end)) return done();
  }
}

Socket& World::open(End end, Behaviour far, std::uint64_t bytes, Then then, const Purpose& like) {
  Socket* const socket = try_open(end, far, bytes, then, like);
  EXPECT_NE(socket, nullptr);
  return socket != nullptr ? *socket : sockets(end)[StreamId{}];
}

Socket* World::try_open(End end, Behaviour far, std::uint64_t bytes, Then then, const Purpose& like) {
  last_number_ = static_cast<std::uint16_t>(last_number_ % (kNumbers - 1) + 1);
  const auto service = static_cast<std::uint16_t>(static_cast<unsigned>(far) + last_number_ * kBehaviours);
  Purpose purpose = like;
  // The original's protocol supports only the default service.
  if (protocol_at(end) != Protocol::original) purpose.service = ServiceId{service};
  const auto id = pair_.at(end).open(purpose, now());
  if (!id) return nullptr;
  Socket& socket = sockets(end)[*id];
  opened_[last_number_] = &socket;
  socket.id = *id;
  socket.links_lost_before = links_lost(end);
  socket.pattern = new_pattern();
  socket.trusted = checking_;
  socket.to_write = bytes;
  socket.shut_after = then == Then::shut;
  if (far == Behaviour::echo) socket.expects = socket.pattern;
  pump_socket(end, socket);
  pair_.pump(end);
  return &socket;
}

void World::reset(End end, Socket& socket, ResetReason reason) {
  pair_.at(end).reset(socket.id, reason, now());
  socket.reset = reason;
  socket.reset_by_us = true;
  pair_.pump(end);
}

void World::reset_in_order(End end, Socket& socket, ResetReason reason) {
  pair_.at(end).reset_in_order(socket.id, reason, now());
  socket.reset = reason;
  socket.reset_by_us = true;
  socket.reset_in_order = now();
  pair_.pump(end);
}

void World::shut(End end, Socket& socket) {
  socket.shut_after = true;
  pump_socket(end, socket);
  pair_.pump(end);
}

void World::write(End end, Socket& socket, std::uint64_t more) {
  socket.to_write += more;
  pump_socket(end, socket);
  pair_.pump(end);
}

void World::serve(End end) {
  if (!pair_.running(end) || pair_.suspended(end)) return;
  bool any = false;
  while (const std::optional<Event> event = pair_.at(end).poll()) {
    on_event(end, *event);
    any = true;
  }
  if (any) pair_.pump(end);
}

void World::on_event(End end, const Event& event) {
  if (listener_ && listener_(end, event)) return;
  std::map<StreamId, Socket>& all = sockets(end);
  if (const auto* opened = std::get_if<event::Opened>(&event)) {
    on_opened(end, *opened);
  } else if (const auto* readable = std::get_if<event::Readable>(&event)) {
    read_socket(end, all.at(readable->stream));
  } else if (const auto* writable = std::get_if<event::Writable>(&event)) {
    pump_socket(end, all.at(writable->stream));
  } else if (const auto* reset = std::get_if<event::Reset>(&event)) {
    on_reset(end, all.at(reset->stream), reset->reason);
  } else if (const auto* closed = std::get_if<event::Closed>(&event)) {
    on_closed(all.at(closed->stream));
  } else {
    line_events_[index(end)].push_back(event);
  }
}

void World::on_opened(End end, const event::Opened& opened) {
  if (const Purpose* const purpose = pair_.at(end).purpose(opened.stream)) names_opened.insert(purpose->name);
  Socket& socket = sockets(end)[opened.stream];
  socket.id = opened.stream;
  socket.links_lost_before = links_lost(end);
  socket.pattern = new_pattern();
  socket.trusted = checking_;
  socket.reads = far_reads;
  const Behaviour behaviour = far_does.value_or(static_cast<Behaviour>(opened.service.value % kBehaviours));
  const auto number = static_cast<std::uint16_t>(opened.service.value / kBehaviours);
  if (number != 0) {
    Socket& opener = *opened_.at(number);
    EXPECT_EQ(opener.partner, nullptr) << "opened twice";
    opener.partner = &socket;
    socket.partner = &opener;
    socket.expects = opener.pattern;
    opener.expects = behaviour == Behaviour::echo ? opener.pattern : socket.pattern;
  }
  if (behaviour == Behaviour::refuse) return reset(end, socket, ResetReason::refused);
  pair_.at(end).connected(socket.id, now());
  socket.echoes = behaviour == Behaviour::echo;
  socket.shut_after = behaviour != Behaviour::silent;
  if (behaviour == Behaviour::source) socket.to_write = source_bytes;
  pump_socket(end, socket);
}

void World::on_reset(End end, Socket& socket, ResetReason reason) {
  if (socket.reset_by_us) return;  // both at once
  EXPECT_FALSE(socket.done());
  socket.reset = reason;
  if (socket.partner == nullptr) return;
  if (reason == ResetReason::link_lost) {
    EXPECT_GT(links_lost(end), socket.links_lost_before) << "reset for the loss of a link that is there";
  } else {
    EXPECT_TRUE(socket.partner->reset_by_us && socket.partner->reset == reason)
        << "reset by nobody, or with another reason";
    // After that time, a reader that reads nothing is not waited for.
    const std::optional<Time> since = socket.partner->reset_in_order;
    if (since && now() - *since < 60s) {
      EXPECT_EQ(socket.read, socket.partner->written) << "the reset overtook bytes";
    }
  }
}

std::size_t World::links_lost(End end) const {
  const auto down = [](const Event& event) { return std::holds_alternative<event::LinkDown>(event); };
  return static_cast<std::size_t>(std::ranges::count_if(line_events(end), down));
}

void World::on_closed(Socket& socket) {
  EXPECT_FALSE(socket.done());
  socket.closed = true;
  if (socket.partner == nullptr) return;
  EXPECT_TRUE(socket.shut && socket.partner->shut) << "closed, though not by both";
  EXPECT_EQ(socket.read, socket.partner->written);
}

bool World::heard_of(End end, LineTrouble trouble) const {
  return std::ranges::any_of(line_events(end), [&](const Event& event) {
    const auto* troubled = std::get_if<event::LineTroubled>(&event);
    return troubled != nullptr && troubled->trouble == trouble;
  });
}

std::vector<ByteChange> World::byte_changes(End end) const {
  std::vector<ByteChange> changes;
  for (const Event& event : line_events(end)) {
    if (const auto* altered = std::get_if<event::LineAltersBytes>(&event)) changes.push_back(altered->change);
  }
  return changes;
}

bool World::heard_of(End end, LinkDownReason reason) const {
  return std::ranges::any_of(line_events(end), [&](const Event& event) {
    const auto* down = std::get_if<event::LinkDown>(&event);
    return down != nullptr && down->reason == reason;
  });
}

void World::inject(End from, std::string_view text) {
  const Bytes bytes(text.begin(), text.end());
  const std::size_t count = std::min(pair_.cable().room(from, now()), bytes.size());
  pair_.cable().send(from, ByteView(bytes).first(count), now());
  injected_[index(from)] += count;
}

void World::pump_socket(End end, Socket& socket) {
  if (socket.done() || socket.shut) return;
  Endpoint& endpoint = pair_.at(end);
  if (socket.echoes) {
    const auto count = endpoint.write(socket.id, socket.echo_backlog, now()).value_or(0);
    socket.written += count;
    socket.echo_backlog.erase(socket.echo_backlog.begin(),
                              socket.echo_backlog.begin() + static_cast<long>(count));
    if (!socket.end_read || !socket.echo_backlog.empty()) return;
  }
  Bytes piece;
  while (!socket.echoes && socket.written < socket.to_write) {
    piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(socket.to_write - socket.written, 4096)));
    for (std::size_t i = 0; i < piece.size(); ++i)
      piece[i] = pattern_byte(socket.pattern, socket.written + i);
    const std::size_t count = endpoint.write(socket.id, piece, now()).value_or(0);
    socket.written += count;
    if (count < piece.size()) return;
  }
  if (!socket.shut_after) return;
  socket.shut = true;
  // It may have been reset already, with the event still pending.
  const auto done = endpoint.shut_write(socket.id, now());
  EXPECT_TRUE(done || done.error() == StreamError::no_such_stream);
}

void World::read_socket(End end, Socket& socket) {
  if (socket.done() || !socket.reads) return;
  std::array<Byte, 4096> buffer;
  while (!socket.end_read) {
    const std::uint64_t wanted = std::min<std::uint64_t>(buffer.size(), socket.may_read - socket.read);
    const auto into = MutableByteView(buffer).first(static_cast<std::size_t>(wanted));
    const auto result = pair_.at(end).read(socket.id, into, now());
    if (!result) return;
    check_read(socket, into.first(result->count));
    socket.end_read = result->end;
    if (result->end) check_end(socket);
    if (result->count < into.size() || into.empty()) break;
  }
  if (socket.echoes) pump_socket(end, socket);
}

void World::check_read(Socket& socket, ByteView bytes) {
  if (bytes.empty()) return;
  if (socket.read == 0) socket.first_read = now();
  socket.last_read = now();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::uint64_t offset = socket.read + i;
    if (!socket.trusted) break;
    if (!socket.expects && offset < 8) {
      socket.learned |= std::uint64_t{bytes[i]} << (8 * offset);
      if (offset == 7) socket.expects = socket.learned;
    } else if (pattern_byte(*socket.expects, offset) != bytes[i]) {
      ADD_FAILURE() << "wrong byte at offset " << offset << " of pattern " << *socket.expects;
      break;
    }
  }
  socket.read += bytes.size();
  if (socket.echoes) socket.echo_backlog.insert(socket.echo_backlog.end(), bytes.begin(), bytes.end());
  EXPECT_TRUE(socket.partner == nullptr || socket.read <= socket.partner->written);
}

void World::check_end(const Socket& socket) {
  if (socket.partner == nullptr) return;
  EXPECT_TRUE(socket.partner->shut) << "an end that nobody said";
  EXPECT_EQ(socket.read, socket.partner->written) << "the end came before all bytes";
}

void World::resume_reading(End end, Socket& socket) {
  socket.reads = true;
  read_socket(end, socket);
  pair_.pump(end);
}

std::string World::describe() {
  std::string text;
  for (const End end : {End::a, End::b}) {
    const Stats s = pair_.at(end).stats();
    text += end == End::a ? "a:" : "; b:";
    text += " streams " + std::to_string(s.streams_now) + ", held " + std::to_string(s.send_buffer_bytes) +
            "/" + std::to_string(s.receive_buffer_bytes) + ", in flight " +
            std::to_string(s.frames_in_flight) + ", lost " + std::to_string(s.frames_lost) + ", probes " +
            std::to_string(s.probes_sent) + ", rate " + std::to_string(s.rate_bytes_per_second) +
            ", payload out " + std::to_string(s.payload_bytes_sent) + "+" +
            std::to_string(s.payload_bytes_resent) + " in " + std::to_string(s.payload_bytes_received) +
            ", wire " + std::to_string(s.wire_bytes_sent) + "/" + std::to_string(s.wire_bytes_received) +
            ", frames " + std::to_string(s.frames_sent) + "/" + std::to_string(s.frames_received) +
            ", damaged " + std::to_string(s.frames_damaged) + ", mended " + std::to_string(s.frames_mended);
    for (const auto& [id, socket] : sockets(end)) {
      if (socket.done()) continue;
      text += " [socket " + std::to_string(id.serial) + " wrote " + std::to_string(socket.written) + "/" +
              std::to_string(socket.to_write) + " read " + std::to_string(socket.read) +
              (socket.shut ? " shut" : "") + (socket.end_read ? " end-read" : "") + "]";
    }
  }
  return text;
}

std::uint64_t World::outstanding(End writer) const {
  std::uint64_t bytes = 0;
  for (const auto& [id, socket] : sockets_[index(writer)]) {
    if (socket.done() || socket.echoes) continue;
    bytes += socket.to_write - (socket.partner != nullptr ? socket.partner->read : 0);
  }
  for (const auto& [id, socket] : sockets_[index(sim::other(writer))]) {
    const bool echoed = socket.expects == socket.pattern;
    if (!socket.done() && echoed) bytes += socket.to_write - socket.read;
  }
  return bytes;
}

void World::stop_checking() {
  checking_ = false;
  for (auto& sockets : sockets_) {
    for (auto& [id, socket] : sockets) socket.trusted = false;
  }
}

bool World::all_done() {
  const auto done = [](const auto& entry) { return entry.second.done(); };
  return std::ranges::all_of(sockets(End::a), done) && std::ranges::all_of(sockets(End::b), done);
}

void World::expect_transfer(std::uint64_t bytes, Duration limit) {
  Socket& there = open(End::a, Behaviour::sink, bytes);
  Socket& back = open(End::b, Behaviour::sink, bytes);
  EXPECT_TRUE(run_until([&] { return there.done() && back.done(); }, limit)) << describe();
  EXPECT_FALSE(there.reset || back.reset);
}

void World::expect_quiet() {
  run_for(3s);
  // What ends a stream may have been lost, and is then sent with the next probe.
  const auto ended = [&](End end) { return pair_.at(end).stats().streams_now == 0; };
  EXPECT_TRUE(run_until([&] { return ended(End::a) && ended(End::b); }, 3s)) << describe();
  for (const End end : {End::a, End::b}) {
    const Stats stats = pair_.at(end).stats();
    EXPECT_EQ(stats.streams_now, 0U);
    EXPECT_EQ(stats.send_buffer_bytes, 0U);
    EXPECT_EQ(stats.receive_buffer_bytes, 0U);
  }
  // While an end searches for the line's rate, it requests acks all the time, for some seconds.
  const auto answered = [&] {
    return pair_.at(End::a).stats().frames_unanswered == 0 && pair_.at(End::b).stats().frames_unanswered == 0;
  };
  EXPECT_TRUE(run_until(answered, 10s));
}

void World::expect_balance() {
  for (const End end : {End::a, End::b}) {
    const auto down = [](const Event& event) { return std::holds_alternative<event::LinkDown>(event); };
    if (restarts(end) > 0 || std::ranges::any_of(line_events(end), down)) return;
  }
  expect_balance(End::a);
  expect_balance(End::b);
}

void World::expect_balance(End sender) {
  const End receiver = sim::other(sender);
  const Stats sent = pair_.at(sender).stats();
  const Stats received = pair_.at(receiver).stats();
  std::uint64_t written = 0;
  std::uint64_t read = 0;
  for (const auto& [id, socket] : sockets(sender)) written += socket.written;
  for (const auto& [id, socket] : sockets(receiver)) read += socket.read;
  const sim::CableStats cable = pair_.cable().stats();
  const sim::WireStats& wire = sender == End::a ? cable.a_to_b : cable.b_to_a;
  EXPECT_EQ(wire.sent, sent.wire_bytes_sent + injected_[index(sender)]);
  EXPECT_EQ(sent.streams_opened, received.streams_opened);
  EXPECT_LE(received.frames_received, sent.frames_sent);
  EXPECT_LE(sent.payload_bytes_sent, written);
  EXPECT_LE(received.payload_bytes_received, sent.payload_bytes_sent);
  EXPECT_LE(read, received.payload_bytes_received);
  // What a reset leaves behind is in no counter.
  EXPECT_TRUE(read == written || sent.streams_reset + received.streams_reset > 0);
}

}  // namespace serialtcp::test
