// First the request, then whether it is permitted, then the connect.
#include "service/forward_targets.h"

#include <fmt/format.h>

#include <utility>

#include "net/address.h"
#include "net/connector.h"
#include "service/forward_text.h"
#include "service/preface_stream.h"

namespace serialtcp::io {

void ForwardTargets::opened(StreamId id) {
  await_request(connections_, id, wire::Forward::kHead, config_.patience,
                [this, id](std::uint64_t number, ByteView preface) { asked(id, number, preface); });
}

void ForwardTargets::asked(StreamId id, std::uint64_t number, ByteView preface) {
  const auto request = wire::read_forward(preface);
  if (!request) {
    return connections_.reset(id, number, ResetReason::failed, "malformed request from the other end");
  }
  const AllowList::Verdict verdict = config_.allowed.judge(request->to);
  if (verdict == AllowList::Verdict::refused) {
    return connections_.reset(id, number, ResetReason::not_allowed,
                              fmt::format("the other end asks for {}: {}", to_string(request->to),
                                          not_allowed_text(AllowedTo::connect, request->to)));
  }
  connect(id, number, *request, verdict);
}

void ForwardTargets::connect(StreamId id, std::uint64_t number, const wire::Forward& request,
                             AllowList::Verdict verdict) {
  ConnectAttempt::Filter filter = [this, verdict, port = request.to.port](const asio::ip::address& address) {
    return config_.allowed.permits(verdict, address, port);
  };
  connections_.reach(id, number,
                     {.target = fmt::format("to {}", to_string(request.to)),
                      .answer = request.answer,
                      .option = allowing_option(AllowedTo::connect, request.to)},
                     [&](BackEnd::Done done) {
                       const Target target{host_text(request.to), request.to.port, config_.family};
                       return ConnectAttempt::begin(connections_.context(), connections_.resolver(), target,
                                                    config_.connect_timeout, std::move(done),
                                                    std::move(filter));
                     });
}

}  // namespace serialtcp::io
