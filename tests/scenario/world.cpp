#include "world.h"

#include <algorithm>

namespace serialtcp::test {

namespace {

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
  pair.cable.queue_capacity = config.tty_queue;
  pair.a.nominal_rate = pair.b.nominal_rate = config.nominal_rate.value_or(config.baud / 10);
  pair.a.hold = pair.b.hold = config.hold;
  pair.a.role = config.a_role;
  pair.a.protocol = config.a_protocol;
  pair.b.protocol = config.b_protocol;
  pair.b.role = config.b_role;
  pair.cable.b.baud = config.b_baud.value_or(config.baud);
  return pair;
}

}  // namespace

World::World(const WorldConfig& config) : config_(config), pair_(pair_config(config)) {}

void World::start_both() {
  pair_.start(End::a);
  pair_.start(End::b);
}

void World::restart(End end) {
  pair_.stop(end);
  // A new endpoint gives out the same ids again.
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

Socket& World::open(End end, Behaviour far, std::uint64_t bytes, Then then) {
  const auto id = pair_.at(end).open(ServiceId{static_cast<std::uint16_t>(far)}, now());
  EXPECT_TRUE(id.has_value());
  Socket& socket = sockets(end)[id.value_or(StreamId{})];
  socket.id = id.value_or(StreamId{});
  socket.pattern = next_pattern_++;
  socket.to_write = bytes;
  socket.shut_after = then == Then::shut;
  if (far == Behaviour::echo) socket.expects = socket.pattern;
  pump_socket(end, socket);
  pair_.pump(end);
  return socket;
}

void World::write(End end, Socket& socket, std::uint64_t more) {
  socket.to_write += more;
  pump_socket(end, socket);
  pair_.pump(end);
}

void World::serve(End end) {
  if (!pair_.running(end)) return;
  bool any = false;
  while (const std::optional<Event> event = pair_.at(end).poll()) {
    on_event(end, *event);
    any = true;
  }
  if (any) pair_.pump(end);
}

void World::on_event(End end, const Event& event) {
  std::map<StreamId, Socket>& all = sockets(end);
  if (const auto* opened = std::get_if<event::Opened>(&event)) {
    Socket& socket = all[opened->stream];
    socket.id = opened->stream;
    socket.pattern = next_pattern_++;
    socket.reads = far_reads;
    const Behaviour behaviour = far_does.value_or(static_cast<Behaviour>(opened->service.value));
    if (behaviour != Behaviour::refuse) pair_.at(end).connected(socket.id, now());
    switch (behaviour) {
      case Behaviour::echo:
        socket.echoes = true;
        break;
      case Behaviour::sink:
        break;
      case Behaviour::source:
        socket.to_write = source_bytes;
        break;
      case Behaviour::silent:
        socket.shut_after = false;
        break;
      case Behaviour::refuse:
        pair_.at(end).reset(socket.id, ResetReason::refused, now());
        socket.reset = ResetReason::refused;
        socket.reset_by_us = true;
        return;
    }
    pump_socket(end, socket);
  } else if (const auto* readable = std::get_if<event::Readable>(&event)) {
    read_socket(end, all.at(readable->stream));
  } else if (const auto* writable = std::get_if<event::Writable>(&event)) {
    pump_socket(end, all.at(writable->stream));
  } else if (const auto* reset = std::get_if<event::Reset>(&event)) {
    Socket& socket = all.at(reset->stream);
    if (socket.reset_by_us) return;  // both at once
    EXPECT_FALSE(socket.done());
    socket.reset = reset->reason;
  } else if (const auto* closed = std::get_if<event::Closed>(&event)) {
    EXPECT_FALSE(all.at(closed->stream).done());
    all.at(closed->stream).closed = true;
  } else {
    line_events_[index(end)].push_back(event);
  }
}

bool World::heard_of(End end, LineTrouble trouble) const {
  return std::ranges::any_of(line_events(end), [&](const Event& event) {
    const auto* troubled = std::get_if<event::LineTroubled>(&event);
    return troubled != nullptr && troubled->trouble == trouble;
  });
}

bool World::heard_of(End end, LinkDownReason reason) const {
  return std::ranges::any_of(line_events(end), [&](const Event& event) {
    const auto* down = std::get_if<event::LinkDown>(&event);
    return down != nullptr && down->reason == reason;
  });
}

void World::inject(End from, std::string_view text) {
  const Bytes bytes(text.begin(), text.end());
  const std::size_t room = pair_.cable().room(from, now());
  pair_.cable().send(from, ByteView(bytes).first(std::min(room, bytes.size())), now());
}

void World::pump_socket(End end, Socket& socket) {
  if (socket.done() || socket.shut) return;
  Endpoint& endpoint = pair_.at(end);
  if (socket.echoes) {
    const auto count = endpoint.write(socket.id, socket.echo_backlog, now()).value_or(0);
    socket.echo_backlog.erase(socket.echo_backlog.begin(),
                              socket.echo_backlog.begin() + static_cast<long>(count));
    if (!socket.end_read || !socket.echo_backlog.empty()) return;
  }
  Bytes piece;
  while (socket.written < socket.to_write) {
    piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(socket.to_write - socket.written, 4096)));
    for (std::size_t i = 0; i < piece.size(); ++i)
      piece[i] = pattern_byte(socket.pattern, socket.written + i);
    const std::size_t count = endpoint.write(socket.id, piece, now()).value_or(0);
    socket.written += count;
    if (count < piece.size()) return;
  }
  if (!socket.shut_after) return;
  socket.shut = true;
  // It may have been reset already, and the event that says so may wait.
  const auto done = endpoint.shut_write(socket.id, now());
  EXPECT_TRUE(done || done.error() == StreamError::no_such_stream);
}

void World::read_socket(End end, Socket& socket) {
  if (socket.done() || !socket.reads) return;
  std::array<Byte, 4096> buffer;
  for (;;) {
    const auto result = pair_.at(end).read(socket.id, buffer, now());
    if (!result) return;
    const ByteView bytes = ByteView(buffer).first(result->count);
    if (socket.read == 0 && !bytes.empty()) socket.first_read = now();
    if (!bytes.empty()) socket.last_read = now();
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      const std::uint64_t offset = socket.read + i;
      if (!socket.expects && offset < 8) {
        socket.learned |= std::uint64_t{bytes[i]} << (8 * offset);
        if (offset == 7) socket.expects = socket.learned;
      } else if (pattern_byte(*socket.expects, offset) != bytes[i]) {
        ADD_FAILURE() << "wrong byte at offset " << offset << " of pattern " << *socket.expects;
        return;
      }
    }
    socket.read += bytes.size();
    if (socket.echoes) socket.echo_backlog.insert(socket.echo_backlog.end(), bytes.begin(), bytes.end());
    socket.end_read = result->end;
    if (bytes.size() < buffer.size() || result->end) break;
  }
  if (socket.echoes) pump_socket(end, socket);
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
            ", damaged " + std::to_string(s.frames_damaged);
    for (const auto& [id, socket] : sockets(end)) {
      if (socket.done()) continue;
      text += " [socket " + std::to_string(id.serial) + " wrote " + std::to_string(socket.written) + "/" +
              std::to_string(socket.to_write) + " read " + std::to_string(socket.read) +
              (socket.shut ? " shut" : "") + (socket.end_read ? " end-read" : "") + "]";
    }
  }
  return text;
}

bool World::all_done() {
  const auto done = [](const auto& entry) { return entry.second.done(); };
  return std::ranges::all_of(sockets(End::a), done) && std::ranges::all_of(sockets(End::b), done);
}

void World::expect_quiet() {
  run_for(3s);
  for (const End end : {End::a, End::b}) {
    const Stats stats = pair_.at(end).stats();
    EXPECT_EQ(stats.streams_now, 0U);
    EXPECT_EQ(stats.send_buffer_bytes, 0U);
    EXPECT_EQ(stats.receive_buffer_bytes, 0U);
  }
}

}  // namespace serialtcp::test
