// The interface of the core. Operations that concern only the protocol in use are passed to it; those that
// concern both, to the Chooser.
#include "serialtcp/endpoint.h"

#include "tunnel/chooser.h"

namespace serialtcp {

Endpoint::Endpoint(const EndpointConfig& config, const Entropy& entropy)
    : chooser_(std::make_unique<tunnel::Chooser>(config, entropy)) {}
Endpoint::~Endpoint() = default;
Endpoint::Endpoint(Endpoint&&) noexcept = default;
Endpoint& Endpoint::operator=(Endpoint&&) noexcept = default;

// ---- The line ----

void Endpoint::feed(ByteView bytes, Time now) {
  chooser_->feed(bytes, now);
}
void Endpoint::tick(Time now) {
  chooser_->tick(now);
}
std::size_t Endpoint::transmit(MutableByteView room, Time now) {
  return chooser_->transmit(room, now);
}
std::size_t Endpoint::feed_room() const {
  return chooser_->in_use().feed_room();
}
Time Endpoint::deadline() const {
  return chooser_->deadline();
}
Time Endpoint::transmit_due() const {
  return chooser_->transmit_due();
}
std::optional<Event> Endpoint::poll() {
  return chooser_->poll();
}
void Endpoint::line_lost(Time now) {
  chooser_->line_lost(now);
}
void Endpoint::line_restored(Time now) {
  chooser_->line_restored(now);
}
void Endpoint::shut_down(Time now) {
  chooser_->shut_down(now);
}
bool Endpoint::finished() const {
  return chooser_->finished();
}
bool Endpoint::link_up() const {
  return chooser_->in_use().link_up();
}
Time Endpoint::last_heard() const {
  return chooser_->last_heard();
}
Time Endpoint::unanswered_since() const {
  return chooser_->in_use().unanswered_since();
}
Time Endpoint::overdue_at() const {
  return chooser_->in_use().overdue_at();
}
std::uint64_t Endpoint::rate() const {
  return chooser_->in_use().rate();
}
std::size_t Endpoint::streams() const {
  return chooser_->stream_count();
}
bool Endpoint::link_away() const {
  return chooser_->in_use().link_away();
}
const ServiceNames* Endpoint::peer_services() const {
  return chooser_->in_use().peer_services();
}
Stats Endpoint::stats() const {
  return chooser_->stats();
}

// ---- Streams ----

std::expected<StreamId, StreamError> Endpoint::open(const Purpose& purpose, Time now) {
  return chooser_->in_use().streams().open(purpose, now);
}
const Purpose* Endpoint::purpose(StreamId stream) const {
  return chooser_->of(stream).purpose(stream);
}
bool Endpoint::is_known_to_peer(StreamId stream) const {
  return chooser_->of(stream).is_known_to_peer(stream);
}
void Endpoint::connected(StreamId stream, Time now) {
  chooser_->of(stream).connected(stream, now);
}
std::expected<std::size_t, StreamError> Endpoint::write(StreamId stream, ByteView bytes, Time now) {
  return chooser_->of(stream).write(stream, bytes, now);
}
std::size_t Endpoint::write_room(StreamId stream) const {
  return chooser_->of(stream).write_room(stream);
}
std::expected<ReadResult, StreamError> Endpoint::read(StreamId stream, MutableByteView into, Time now) {
  return chooser_->of(stream).read(stream, into, now);
}
std::expected<DatagramFate, StreamError> Endpoint::send_datagram(StreamId stream, ByteView datagram,
                                                                 Duration patience, Time now) {
  return chooser_->of(stream).send_datagram(stream, datagram, patience, now);
}
std::expected<DatagramReadResult, StreamError> Endpoint::read_datagram(StreamId stream, Time now) {
  return chooser_->of(stream).read_datagram(stream, now);
}
std::expected<void, StreamError> Endpoint::shut_write(StreamId stream, Time now) {
  return chooser_->of(stream).shut_write(stream, now);
}
void Endpoint::reset(StreamId stream, ResetReason reason, Time now) {
  chooser_->of(stream).reset(stream, reason, now);
}
void Endpoint::reset_in_order(StreamId stream, ResetReason reason, Time now) {
  chooser_->of(stream).reset_in_order(stream, reason, now);
}
void Endpoint::stop_reading(StreamId stream, Time now) {
  chooser_->of(stream).stop_reading(stream, now);
}
void Endpoint::announce_leaving(Time now) {
  chooser_->in_use().announce_leaving(now);
}
void Endpoint::tell_left(std::uint64_t bytes, Time now) {
  chooser_->in_use().tell_left(bytes, now);
}
std::optional<std::uint64_t> Endpoint::peer_left() const {
  return chooser_->in_use().peer_left();
}
Undelivered Endpoint::undelivered() const {
  return chooser_->undelivered();
}

}  // namespace serialtcp
