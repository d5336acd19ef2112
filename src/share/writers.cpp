#include "share/writers.h"

namespace serialtcp::share {

void Writers::joined(Id client) {
  clients_.push_back(client);
}

void Writers::left(Id client) {
  std::erase(clients_, client);
  if (writes_ == client) writes_.reset();
}

bool Writers::claim(Id client) {
  switch (writing_) {
    case Writing::all:
      return true;
    case Writing::first:
      return holder() == client;
    case Writing::one:
      if (!writes_) writes_ = client;
      return writes_ == client;
  }
  return false;
}

std::optional<Writers::Id> Writers::holder() const {
  if (writing_ == Writing::one) return writes_;
  if (writing_ == Writing::all || clients_.empty()) return std::nullopt;
  return clients_.front();
}

}  // namespace serialtcp::share
