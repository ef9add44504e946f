#include "block.h"

#include <algorithm>
#include <bit>
#include <map>
#include <string_view>

#include "fault.h"
#include "global_memory.h"
#include "thread.h"

namespace headscope::emulator {
namespace {

struct Stop {};  // unwinds a thread of a launch that has failed

thread_local Block* running_block = nullptr;

// Stacks are kept for the next block.
std::vector<std::unique_ptr<Fiber>>& fibers() {
  thread_local std::vector<std::unique_ptr<Fiber>> all;
  return all;
}

std::string place(const Dim3& d) { return "(" + std::to_string(d.x) + ", " + std::to_string(d.y) + ", " + std::to_string(d.z) + ")"; }

}  // namespace

Block& Block::current() {
  if (!running_block) throw Failure("an instruction of the device outside a launch");
  return *running_block;
}

Block::Block(const std::string& kernel, const Shape& shape, Dim3 index, Order order, uint32_t seed)
    : kernel_(kernel),
      index_(index),
      grid_(shape.grid),
      order_(order),
      random_(seed),
      clocks_(shape.threads),
      shared_(shape.shared_bytes, clocks_, [this](const std::string& what) { fail(what); }),
      threads_(static_cast<size_t>(shape.threads)),
      meetings_(static_cast<size_t>(shape.threads) / 32) {
  while (fibers().size() < threads_.size()) fibers().push_back(std::make_unique<Fiber>());
  for (size_t t = 0; t < threads_.size(); ++t) {
    threads_[t].fiber = fibers()[t].get();
    ready_.push_back(static_cast<int>(t));
  }
}

void Block::thread_main() {
  Thread& me = threads_[running_];
  try {
    (*body_)();
    if (!me.uncommitted.empty() || !me.groups.empty()) fail("the thread exits while copies of its own are under way: wait for them first");
  } catch (const Stop&) {
  }
  me.exited = true;
  me.fiber->leave();
}

void Block::resume(int thread) {
  running_ = thread;
  running_block = this;
  threadIdx = {static_cast<unsigned>(thread), 0, 0};
  blockIdx = index_;
  blockDim = {static_cast<unsigned>(threads_.size()), 1, 1};
  gridDim = grid_;
  threads_[thread].started = true;
  threads_[thread].fiber->resume();
}

void Block::run(const std::function<void()>& body) {
  body_ = &body;
  Block* const outer = running_block;
  const FaultHandler faults;
  for (Thread& t : threads_) t.fiber->start([](void* block) { static_cast<Block*>(block)->thread_main(); }, this);
  while (failure_.empty() && (!ready_.empty() || deliver())) {
    if (ready_.empty()) continue;
    if (order_ == Order::shuffled && units_.copies_under_way() && random_() % 64 == 0) deliver();
    else resume(next());
  }
  if (failure_.empty() && !std::all_of(threads_.begin(), threads_.end(), [](const Thread& t) { return t.exited; })) failure_ = deadlock();
  if (failure_.empty()) failure_ = units_.at_exit();
  stopping_ = true;
  for (size_t t = 0; t < threads_.size(); ++t)
    if (threads_[t].started && !threads_[t].exited) resume(static_cast<int>(t));
  running_block = outer;
  if (!failure_.empty()) throw Failure(kernel_ + ", block " + place(index_) + ": " + failure_);
}

bool Block::deliver() {
  if (!units_.copies_under_way()) return false;
  if (order_ == Order::ascending) units_.deliver_first();
  else if (order_ == Order::descending) units_.deliver_last();
  else units_.deliver_any(random_);
  return true;
}

int Block::next() {
  auto chosen = ready_.begin();
  if (order_ == Order::descending) chosen = ready_.end() - 1;
  if (order_ == Order::shuffled) chosen += static_cast<std::ptrdiff_t>(random_() % ready_.size());
  const int thread = *chosen;
  ready_.erase(chosen);
  return thread;
}

std::string Block::deadlock() const {
  std::map<std::string, std::vector<int>> waiting;
  for (size_t t = 0; t < threads_.size(); ++t) {
    const Thread& thread = threads_[t];
    std::string what = "have exited";
    if (!thread.exited) what = std::string("wait for ") + thread.waits_for + (thread.waits_for_number < 0 ? "" : " " + std::to_string(thread.waits_for_number));
    waiting[what].push_back(static_cast<int>(t));
  }
  std::string text = "deadlock: no thread can go on.";
  for (const auto& [what, who] : waiting)
    text += " " + std::to_string(who.size()) + " threads (the first is " + std::to_string(who.front()) + ") " + what + ";";
  text.back() = '.';
  return text;
}

void Block::note_failure(const std::string& what) {
  if (!stopping_ && failure_.empty()) failure_ = "thread " + std::to_string(running_) + ": " + what;
}

void Block::fail(const std::string& what) {
  note_failure(what);
  throw Stop{};
}

void Block::abandon() {
  threads_[running_].exited = true;
  threads_[running_].fiber->leave();
}

void Block::wait(const char* what, int number) {
  threads_[running_].waits_for = what;
  threads_[running_].waits_for_number = number;
  threads_[running_].fiber->suspend();
  if (stopping_) throw Stop{};
}

void Block::wake(int thread) { ready_.push_back(thread); }

bool Block::reach(int id, int threads, const char* what) {
  if (id < 0 || id >= 16) fail("barrier " + std::to_string(id) + ": there are 0 to 15");
  if (threads <= 0 || threads % 32 || threads > static_cast<int>(threads_.size()))
    fail("barrier " + std::to_string(id) + " of " + std::to_string(threads) + " threads in a block of " + std::to_string(threads_.size()));
  Barrier& b = barriers_[id];
  if (b.arrived == 0) b.expected = threads;
  if (b.expected != threads)
    fail(std::string(what) + " at barrier " + std::to_string(id) + " of " + std::to_string(threads) + " threads, where others wait for " +
         std::to_string(b.expected));
  clocks_.release(running_, b.known);
  return ++b.arrived == b.expected;
}

void Block::arrive(int id, int threads) {
  if (!reach(id, threads, "arrive")) return;
  Barrier& b = barriers_[id];
  const Barrier done = std::move(b);
  b = Barrier();
  for (const int t : done.waiting) {
    clocks_.acquire(t, done.known);
    wake(t);
  }
}

void Block::sync(int id, int threads) {
  const bool complete = reach(id, threads, "sync");
  Barrier& b = barriers_[id];
  if (!complete) {
    b.waiting.push_back(running_);
    return wait("barrier", id);
  }
  const Barrier done = std::move(b);
  b = Barrier();
  clocks_.acquire(running_, done.known);
  for (const int t : done.waiting) {
    clocks_.acquire(t, done.known);
    wake(t);
  }
}

void Block::meet(const char* instruction, uint32_t lanes, void* argument, Act act) {
  const int lane = running_ % 32, warp = running_ / 32;
  const uint32_t me = 1u << lane;
  if (!(lanes & me)) fail(std::string(instruction) + " by a lane that is not in its own mask");
  std::vector<Meeting>& open = meetings_[warp];
  auto mine = open.end();
  for (auto m = open.begin(); m != open.end(); ++m) {
    if (m->lanes == lanes && std::string_view(m->instruction) == instruction) mine = m;
    else if (m->lanes & lanes)
      fail(std::string("divergence: ") + instruction + " of lanes " + std::to_string(lanes) + " while others of its warp wait in " + m->instruction + " of lanes " +
           std::to_string(m->lanes));
  }
  if (mine == open.end()) mine = open.insert(open.end(), Meeting{instruction, lanes, 0, {}, {}});
  mine->here |= me;
  mine->arguments[lane] = argument;
  if (!act) clocks_.release(running_, mine->known);
  if (mine->here != lanes) return wait(instruction);
  Meeting all = std::move(*mine);
  open.erase(mine);
  if (act) act(*this, all.arguments);
  for (int l = 0; l < 32; ++l) {
    if (!(lanes >> l & 1)) continue;
    const int t = warp * 32 + l;
    if (!act) clocks_.acquire(t, all.known);
    if (t != running_) wake(t);
  }
}

void Block::sync_warp(uint32_t lanes) {
  static const char kName[] = "syncwarp";
  meet(kName, lanes, nullptr, nullptr);
}

void Block::begin_copy(uint32_t to, const void* from, int bytes, int valid) {
  if (bytes != 4 && bytes != 8 && bytes != 16) fail("cp.async of " + std::to_string(bytes) + " bytes");
  if (valid < 0 || valid > bytes) fail("cp.async of " + std::to_string(bytes) + " bytes with " + std::to_string(valid) + " valid ones");
  if (reinterpret_cast<uintptr_t>(from) % static_cast<uintptr_t>(bytes)) fail("cp.async from an address not aligned to " + std::to_string(bytes));
  if (valid > 0)
    if (const std::string why = outside_allocations(from, valid); !why.empty()) fail("cp.async " + why);
  shared_.begin_copy(running_, to, bytes, bytes);
  threads_[running_].uncommitted.push_back({to, from, bytes, valid});
}

void Block::commit_copies() {
  Thread& me = threads_[running_];
  me.groups.push_back(std::move(me.uncommitted));
  me.uncommitted.clear();
}

void Block::finish(const Copy& copy) {
  char data[16] = {};
  if (copy.valid > 0) std::copy_n(static_cast<const char*>(copy.from), copy.valid, data);
  shared_.finish_copy(running_, copy.to, copy.bytes, data);
}

void Block::arrive_when_copied(uint32_t mbarrier) {
  Thread& me = threads_[running_];
  std::vector<AsyncProxy::ThreadCopy> all;
  me.groups.push_back(std::move(me.uncommitted));
  for (const std::vector<Copy>& group : me.groups)
    for (const Copy& copy : group) all.push_back({copy.to, copy.from, copy.bytes, copy.valid});
  me.groups.clear();
  me.uncommitted.clear();
  units_.arrive_after(std::move(all), mbarrier);
}

void Block::wait_copies(size_t groups_left) {
  Thread& me = threads_[running_];
  while (me.groups.size() > groups_left) {
    for (const Copy& copy : me.groups.front()) finish(copy);
    me.groups.pop_front();
  }
}

}  // namespace headscope::emulator
