// FairShare: something of which there are so many for several members, such that none can take all. Half of
// it is divided evenly, the other half is for whoever needs it first; a member that is alone can have all.
// Counts nothing by itself: it asks each member how many that has. Knows neither what is shared nor who
// shares it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace serialtcp::base {

class FairShare {
 public:
  /// `total` is at least 2. A member has one for itself even where there are more members than that.
  explicit FairShare(std::size_t total) : half_(total / 2) {}

  /// One of those who share; from its construction to its end.
  class Member {
   public:
    /// `held` says how many it has.
    Member(std::shared_ptr<FairShare> share, std::function<std::size_t()> held)
        : share_(std::move(share)), held_(std::move(held)) {
      share_->members_.push_back(this);
    }
    ~Member() { std::erase(share_->members_, this); }
    Member(const Member&) = delete;
    Member& operator=(const Member&) = delete;

    /// Whether it may have one more than it has now.
    bool may_add() const { return held_() < share_->own() || share_->common_held() < share_->half_; }

   private:
    friend class FairShare;

    std::shared_ptr<FairShare> share_;
    std::function<std::size_t()> held_;
  };

 private:
  /// What is each member's own.
  std::size_t own() const { return std::max<std::size_t>(1, half_ / members_.size()); }

  std::size_t common_held() const {
    std::size_t sum = 0;
    for (const Member* member : members_) sum += std::max(member->held_(), own()) - own();
    return sum;
  }

  std::size_t half_;
  std::vector<const Member*> members_;
};

}  // namespace serialtcp::base
