#include "http/connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "os/clock.h"
#include "os/cpu_time.h"

namespace serialtcp::http {

using io::ErrorCode;

Connection::Connection(Owner& owner, io::StreamSocket socket)
    : owner_(&owner), socket_(std::move(socket)), alarm_(socket_.get_executor()) {}

void Connection::start() {
  timing_request_ = true;
  arm(kRequestTime);
  read();
}

void Connection::drop() {
  owner_ = nullptr;
  alarm_.cancel();
  ErrorCode ignored;
  socket_.close(ignored);
}

void Connection::end() {
  Owner& owner = *owner_;
  drop();
  owner.ended(*this);
}

/// For what happens next.
void Connection::arm(Duration patience) {
  alarm_.start(patience, [self = shared_from_this()] {
    if (self->owner_ != nullptr) self->timed_out();
  });
}

void Connection::timed_out() {
  if (state_ != State::request || !reader_.begun()) return end();
  refuse({408, "the end of the request did not come in time"});
}

// ---- A request ----

void Connection::read() {
  state_ = State::request;
  const RequestReader::Result result = reader_.next();
  if (const auto* const request = std::get_if<Request>(&result)) return take(*request);
  if (const auto* const refusal = std::get_if<Refusal>(&result)) return refuse(*refusal);
  if (reader_.begun() && !timing_request_) {
    timing_request_ = true;
    arm(kRequestTime);
  }
  socket_.async_read_some(io::asio::buffer(buffer_),
                          [self = shared_from_this()](ErrorCode error, std::size_t count) {
                            // It may have timed out meanwhile.
                            if (self->owner_ == nullptr || self->state_ != State::request) return;
                            if (error) return self->end();
                            self->reader_.add({self->buffer_.data(), count});
                            self->read();
                          });
}

void Connection::take(const Request& request) {
  state_ = State::answer;
  timing_request_ = false;
  request_ = request;
  answer_by_ = io::now() + kAnswerTime;
  const bool more = request.keep_alive && ++requests_ < kMaxRequests;
  after_ = more ? After::keep : After::close;
  resume();
}

/// Answers as soon as the owner lets it: the request, or the next piece of its answer.
void Connection::resume() {
  if (io::now() < owner_->quiet_until()) {
    alarm_.start_at(owner_->quiet_until(), [self = shared_from_this()] {
      if (self->owner_ != nullptr) self->resume();
    });
    return;
  }
  const Duration begin = io::thread_cpu_time();
  if (pieces_) {
    next_piece();
  } else {
    respond(owner_->answer(request_));
  }
  owner_->worked(io::thread_cpu_time() - begin);
  write();
}

void Connection::refuse(const Refusal& refusal) {
  state_ = State::answer;
  answer_by_ = io::now() + kAnswerTime;
  after_ = After::close;
  request_ = {};
  Response response = plain(refusal.status, refusal.text);
  if (refusal.status == 405) response.fields = "Allow: GET, HEAD\r\n";
  respond(std::move(response));
  write();
}

// ---- The answer ----

void Connection::respond(Response response) {
  framing_ = Framing::length;
  if (response.pieces) framing_ = request_.chunks ? Framing::chunks : Framing::until_close;
  follows_ = response.then == Response::Then::events && !request_.head;
  if (response.then == Response::Then::events) framing_ = Framing::until_close;
  if (framing_ == Framing::until_close) after_ = After::close;
  output_ = head_of(response, framing_, after_);
  sent_ = 0;
  if (request_.head) return;
  output_ += response.body;
  pieces_ = std::move(response.pieces);
}

void Connection::next_piece() {
  const auto piece = pieces_->next();
  if (!piece) pieces_.reset();
  output_ = piece.value_or("");
  if (framing_ == Framing::chunks)
    output_ = piece ? fmt::format("{:X}\r\n{}\r\n", piece->size(), *piece) : "0\r\n\r\n";
  sent_ = 0;
}

void Connection::write() {
  if (sent_ == output_.size()) return written();
  arm(std::min<Duration>(kStalled, answer_by_ - io::now()));
  socket_.async_write_some(io::asio::buffer(output_.data() + sent_, output_.size() - sent_),
                           [self = shared_from_this()](ErrorCode error, std::size_t count) {
                             if (self->owner_ == nullptr) return;
                             if (error) return self->end();
                             self->sent_ += count;
                             self->write();
                           });
}

/// All of the output.
void Connection::written() {
  std::string().swap(output_);  // it may have been long
  sent_ = 0;
  alarm_.cancel();
  if (pieces_) return resume();
  if (follows_) {
    if (state_ != State::events) watch();
    state_ = State::events;
    return;
  }
  if (after_ == After::close) return say_goodbye();
  arm(kIdle);
  read();
}

// ---- Events ----

void Connection::publish(const std::shared_ptr<const std::string>& event) {
  if (owner_ == nullptr || state_ != State::events || !output_.empty()) return;
  output_ = *event;
  sent_ = 0;
  answer_by_ = io::now() + kAnswerTime;
  write();
}

/// A client of events has nothing to say: its end is noticed here.
void Connection::watch() {
  socket_.async_read_some(io::asio::buffer(buffer_), [self = shared_from_this()](ErrorCode, std::size_t) {
    if (self->owner_ != nullptr) self->end();
  });
}

// ---- The end ----

void Connection::say_goodbye() {
  if (state_ != State::last_words) {
    state_ = State::last_words;
    ErrorCode ignored;
    socket_.shutdown(io::asio::socket_base::shutdown_send, ignored);
    arm(kLastWords);
  }
  socket_.async_read_some(io::asio::buffer(buffer_),
                          [self = shared_from_this()](ErrorCode error, std::size_t count) {
                            if (self->owner_ == nullptr) return;
                            self->last_words_ += count;
                            if (error || self->last_words_ > kMaxLastWords) return self->end();
                            self->say_goodbye();
                          });
}

}  // namespace serialtcp::http
