// Two Endpoints in one process, joined by a pipe in each direction: one opens a stream and sends a line, the
// other echoes it.
#include <fcntl.h>
#include <poll.h>
#include <serialtcp/endpoint.h>
#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <stdexcept>
#include <string>

using namespace serialtcp;

namespace {

Time now() {
  return Time(std::chrono::steady_clock::now().time_since_epoch());
}

Entropy entropy() {
  Entropy bytes;
  if (getrandom(bytes.data(), bytes.size(), 0) != ssize_t{bytes.size()})
    throw std::runtime_error("no entropy");
  return bytes;
}

/// An Endpoint with the descriptors that it reads from and writes to.
struct End {
  End(Role role, int in, int out) : in(in), out(out), endpoint(EndpointConfig{.role = role}, entropy()) {}
  /// Moves what is there to be moved: the pipe holds more than an Endpoint sends at once.
  void pump() {
    std::array<Byte, 4096> buffer;
    if (const ssize_t count = read(in, buffer.data(), buffer.size()); count > 0)
      endpoint.feed(ByteView(buffer).first(static_cast<std::size_t>(count)), now());
    if (endpoint.deadline() <= now()) endpoint.tick(now());
    const std::size_t count = endpoint.transmit(buffer, now());
    if (count > 0 && write(out, buffer.data(), count) != static_cast<ssize_t>(count))
      throw std::runtime_error("pipe full");
  }
  int in, out;
  Endpoint endpoint;
  std::string heard;
};

/// Reads what has come on a stream; the connecting end sends it back.
void hear(End& end, StreamId stream, bool echo) {
  std::array<Byte, 512> buffer;
  const auto result = end.endpoint.read(stream, buffer, now());
  if (!result) return;
  end.heard.append(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(result->count));
  if (echo) (void)end.endpoint.write(stream, ByteView(buffer).first(result->count), now());
}

}  // namespace

int main() {
  std::array<int, 2> there{}, back{};
  if (pipe2(there.data(), O_NONBLOCK) != 0 || pipe2(back.data(), O_NONBLOCK) != 0) return 1;
  End server(Role::server, back[0], there[1]);
  End client(Role::client, there[0], back[1]);
  const std::string line = "through two pipes";
  const Time limit = now() + std::chrono::seconds(10);
  while (server.heard != line && now() < limit) {
    for (End* end : {&server, &client}) {
      end->pump();
      while (const std::optional<Event> event = end->endpoint.poll()) {
        if (std::holds_alternative<event::LinkUp>(*event) && end == &server) {
          const auto stream = server.endpoint.open(Purpose{}, now());
          (void)server.endpoint.write(stream.value(),
                                      {reinterpret_cast<const Byte*>(line.data()), line.size()}, now());
        } else if (const auto* readable = std::get_if<event::Readable>(&*event)) {
          hear(*end, readable->stream, end == &client);
        }
      }
    }
    pollfd ready[] = {{server.in, POLLIN, 0}, {client.in, POLLIN, 0}};
    poll(ready, 2, 5);
  }
  std::printf("echoed: %s\n", server.heard.c_str());
  return server.heard == line ? 0 : 1;
}
