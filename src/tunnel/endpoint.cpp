// The interface of the core. Operations that concern only the protocol in use are passed to it; those that
// concern both, to the Chooser; those of the line, to the CodedLine above it.
#include "serialtcp/endpoint.h"

#include "tunnel/coded_line.h"

namespace serialtcp {

Endpoint::Endpoint(const EndpointConfig& config, const Entropy& entropy)
    : line_(std::make_unique<tunnel::CodedLine>(config, entropy)) {}
Endpoint::~Endpoint() = default;
Endpoint::Endpoint(Endpoint&&) noexcept = default;
Endpoint& Endpoint::operator=(Endpoint&&) noexcept = default;

// ---- The line ----

void Endpoint::feed(ByteView bytes, Time now) {
  line_->feed(bytes, now);
}
void Endpoint::tick(Time now) {
  line_->tick(now);
}
std::size_t Endpoint::transmit(MutableByteView room, Time now) {
  return line_->transmit(room, now);
}
std::size_t Endpoint::feed_room() const {
  return line_->protocols().in_use().feed_room();
}
Time Endpoint::deadline() const {
  return line_->deadline();
}
Time Endpoint::transmit_due() const {
  return line_->transmit_due();
}
std::optional<Event> Endpoint::poll() {
  return line_->poll();
}
void Endpoint::line_lost(Time now) {
  line_->line_lost(now);
}
void Endpoint::line_restored(Time now) {
  line_->line_restored(now);
}
void Endpoint::line_has_rate(std::uint64_t nominal_rate, Time now) {
  line_->protocols().own().line_has_rate(nominal_rate, now);
}
void Endpoint::line_has_speeds(const LineSpeeds& speeds) {
  line_->protocols().own().line_has_speeds(speeds);
}
std::optional<std::uint32_t> Endpoint::wanted_speed() const {
  return line_->protocols().own().wanted_speed();
}
void Endpoint::speed_set(std::optional<std::uint32_t> speed, Time now) {
  line_->protocols().own().speed_set(speed, now);
}
std::uint32_t Endpoint::line_speed() const {
  return line_->protocols().own().line_speed();
}
std::vector<std::uint32_t> Endpoint::common_speeds() const {
  return line_->protocols().own().common_speeds();
}
bool Endpoint::try_speed(std::uint32_t speed, Time now) {
  return line_->protocols().own().try_speed(speed, now);
}
void Endpoint::shut_down(Time now) {
  line_->shut_down(now);
}
bool Endpoint::finished() const {
  return line_->finished();
}
bool Endpoint::link_up() const {
  return line_->protocols().in_use().link_up();
}
Time Endpoint::last_heard() const {
  return line_->protocols().last_heard();
}
Time Endpoint::unanswered_since() const {
  return line_->protocols().in_use().unanswered_since();
}
Time Endpoint::overdue_at() const {
  return line_->protocols().in_use().overdue_at();
}
std::uint64_t Endpoint::rate() const {
  return line_->protocols().in_use().rate();
}
std::size_t Endpoint::streams() const {
  return line_->protocols().stream_count();
}
bool Endpoint::link_away() const {
  return line_->protocols().in_use().link_away();
}
const ServiceNames* Endpoint::peer_services() const {
  return line_->protocols().in_use().peer_services();
}
Stats Endpoint::stats() const {
  return line_->stats();
}

// ---- Streams ----

std::expected<StreamId, StreamError> Endpoint::open(const Purpose& purpose, Time now) {
  return line_->protocols().in_use().streams().open(purpose, now);
}
const Purpose* Endpoint::purpose(StreamId stream) const {
  return line_->protocols().of(stream).purpose(stream);
}
bool Endpoint::is_known_to_peer(StreamId stream) const {
  return line_->protocols().of(stream).is_known_to_peer(stream);
}
void Endpoint::connected(StreamId stream, Time now) {
  line_->protocols().of(stream).connected(stream, now);
}
std::expected<std::size_t, StreamError> Endpoint::write(StreamId stream, ByteView bytes, Time now) {
  return line_->protocols().of(stream).write(stream, bytes, now);
}
std::size_t Endpoint::write_room(StreamId stream) const {
  return line_->protocols().of(stream).write_room(stream);
}
std::expected<ReadResult, StreamError> Endpoint::read(StreamId stream, MutableByteView into, Time now) {
  return line_->protocols().of(stream).read(stream, into, now);
}
std::expected<DatagramFate, StreamError> Endpoint::send_datagram(StreamId stream, ByteView datagram,
                                                                 Duration patience, Time now) {
  return line_->protocols().of(stream).send_datagram(stream, datagram, patience, now);
}
std::expected<DatagramReadResult, StreamError> Endpoint::read_datagram(StreamId stream, Time now) {
  return line_->protocols().of(stream).read_datagram(stream, now);
}
std::expected<void, StreamError> Endpoint::shut_write(StreamId stream, Time now) {
  return line_->protocols().of(stream).shut_write(stream, now);
}
void Endpoint::reset(StreamId stream, ResetReason reason, Time now) {
  line_->protocols().of(stream).reset(stream, reason, now);
}
void Endpoint::reset_in_order(StreamId stream, ResetReason reason, Time now) {
  line_->protocols().of(stream).reset_in_order(stream, reason, now);
}
void Endpoint::stop_reading(StreamId stream, Time now) {
  line_->protocols().of(stream).stop_reading(stream, now);
}
void Endpoint::announce_leaving(Time now) {
  line_->protocols().in_use().announce_leaving(now);
}
void Endpoint::tell_left(std::uint64_t bytes, Time now) {
  line_->protocols().in_use().tell_left(bytes, now);
}
std::optional<std::uint64_t> Endpoint::peer_left() const {
  return line_->protocols().in_use().peer_left();
}
Undelivered Endpoint::undelivered() const {
  return line_->protocols().undelivered();
}

}  // namespace serialtcp
