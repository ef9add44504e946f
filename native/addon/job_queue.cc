#include "job_queue.h"

#include <atomic>
#include <string>
#include <system_error>

#include "failure.h"
#include "native/core/error.h"

namespace headscope::addon {

struct JobQueue::Task {
  struct Progress {
    double done, total;
    std::string note;
  };

  std::atomic<int32_t> cancel{0};
  int32_t threads = 1;
  bool listened = false;                 // somebody asked for progress
  bool hurried = false;                  // guarded by the queue's mutex until it is taken
  std::function<void(const Job&)> work;  // the engine thread's, once it has taken the task from the queue
  std::optional<Failure> failure;        // written by the engine thread before the task is in finished_
  std::optional<Progress> progress;      // the newest not yet told

  // The JavaScript thread's.
  napi_deferred deferred = nullptr;
  std::function<Napi::Value(Napi::Env)> finish;
  Napi::FunctionReference on_progress;
  bool settled = false;
};

JobQueue::JobQueue(Napi::Env env) : wake_(Wake::New(env, "headscope", 0, 1, this)) {
  wake_.Unref(env);  // only unsettled jobs keep the process alive
}

JobQueue::~JobQueue() = default;

Napi::Value JobQueue::submit(Napi::Env env, int32_t threads, Napi::Function on_progress, std::function<void(const Job&)> work,
                             std::function<Napi::Value(Napi::Env)> finish) {
  if (!thread_.joinable()) {
    try {
      thread_ = std::thread([this] { work_off(); });
    } catch (const std::system_error&) {
      throw Error("OUT_OF_MEMORY", "The system refused to start the engine's thread.");
    }
  }
  const auto task = std::make_shared<Task>();
  task->threads = threads;
  task->work = std::move(work);
  task->finish = std::move(finish);
  task->listened = !on_progress.IsEmpty();
  if (task->listened) task->on_progress = Napi::Persistent(on_progress);

  napi_value promise = nullptr;
  if (napi_create_promise(env, &task->deferred, &promise) != napi_ok) throw Error("INTERNAL", "Node refused to make a promise.");
  Napi::Object job = Napi::Object::New(env);
  job.Set("promise", promise);
  job.Set("cancel", Napi::Function::New(
                        env, [this, task](const Napi::CallbackInfo& info) { cancel(info.Env(), task); }, "cancel"));
  job.Set("hurry", Napi::Function::New(
                       env, [this, task](const Napi::CallbackInfo&) { hurry(task); }, "hurry"));

  if (unsettled_.empty()) wake_.Ref(env);
  unsettled_.insert(task);
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(task);
  }
  changed_.notify_one();
  return job;
}

void JobQueue::cancel(Napi::Env env, const TaskPointer& task) {
  if (task->settled) return;
  task->cancel.store(1, std::memory_order_relaxed);
  bool was_queued = false;
  {
    const std::lock_guard lock(mutex_);
    was_queued = std::erase(queue_, task) + std::erase(hurried_, task) > 0;
    hurried_count_ = hurried_.size();
  }
  if (was_queued) task->work = nullptr;
  reject(env, task, js_error(env, {"CANCELLED", "The job was cancelled."}));
}

// One that is at work, or done, needs no hurry.
void JobQueue::hurry(const TaskPointer& task) {
  const std::lock_guard lock(mutex_);
  if (std::erase(queue_, task) == 0) return;
  task->hurried = true;
  hurried_.push_back(task);
  hurried_count_ = hurried_.size();
}

// The job that goes next, now counted as running; null where none waits.
JobQueue::TaskPointer JobQueue::take_locked() {
  std::deque<TaskPointer>& from = hurried_.empty() ? queue_ : hurried_;
  if (from.empty()) return nullptr;
  running_.push_back(std::move(from.front()));
  from.pop_front();
  hurried_count_ = hurried_.size();
  return running_.back();
}

void JobQueue::run(const TaskPointer& task) {
  perform(task);
  const std::lock_guard lock(mutex_);
  running_.pop_back();
  finished_.push_back(task);
  wake_locked();
}

void JobQueue::work_off() {
  for (;;) {
    TaskPointer task;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !queue_.empty() || !hurried_.empty(); });
      if (stopping_) return;
      task = take_locked();
    }
    run(task);
  }
}

// Called by the job at work, on the engine thread.
void JobQueue::serve() {
  for (;;) {
    TaskPointer task;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_ || hurried_.empty()) return;
      task = take_locked();
    }
    run(task);
  }
}

void JobQueue::perform(const TaskPointer& task) {
  Job job;
  job.threads = task->threads;
  job.cancel = &task->cancel;
  if (!task->hurried) job.interrupts = this;
  if (task->listened) job.progress = [this, &task](double done, double total, const std::string& note) { tell(task, done, total, note); };
  try {
    task->work(job);
  } catch (...) {
    task->failure = current_failure();
  }
  task->work = nullptr;  // frees what the job held before anyone hears that it is done
}

// Only the newest progress is kept: a JavaScript thread that is busy hears less, and nothing piles up.
void JobQueue::tell(const TaskPointer& task, double done, double total, const std::string& note) {
  const std::lock_guard lock(mutex_);
  if (!task->progress) talking_.push_back(task);
  task->progress = Task::Progress{done, total, note};
  wake_locked();
}

void JobQueue::wake_locked() {
  if (woken_ || stopping_) return;
  woken_ = wake_.NonBlockingCall(nullptr) == napi_ok;
}

void JobQueue::on_wake(Napi::Env env, Napi::Function, JobQueue* queue, void*) {
  if (static_cast<napi_env>(env) == nullptr) return;  // the environment is going; stop() has run
  queue->drain(env);
}

void JobQueue::drain(Napi::Env env) {
  std::vector<TaskPointer> talking, finished;
  {
    const std::lock_guard lock(mutex_);
    talking.swap(talking_);
    finished.swap(finished_);
    woken_ = false;
  }
  for (const TaskPointer& task : talking) report(env, task);
  for (const TaskPointer& task : finished) settle(env, task);
}

void JobQueue::report(Napi::Env env, const TaskPointer& task) {
  std::optional<Task::Progress> news;
  {
    const std::lock_guard lock(mutex_);
    news.swap(task->progress);
  }
  if (task->settled || task->on_progress.IsEmpty() || !news) return;
  const Napi::HandleScope scope(env);
  try {
    task->on_progress.Call({Napi::Number::New(env, news->done), Napi::Number::New(env, news->total), Napi::String::New(env, news->note)});
  } catch (const Napi::Error& thrown) {
    task->cancel.store(1, std::memory_order_relaxed);
    reject(env, task, thrown.Value());
  }
}

void JobQueue::settle(Napi::Env env, const TaskPointer& task) {
  if (task->settled) return;
  const Napi::HandleScope scope(env);
  std::optional<Failure> failure = task->failure;
  if (!failure) {
    try {
      const Napi::Value value = task->finish(env);
      napi_resolve_deferred(env, task->deferred, value);
      retire(env, task);
      return;
    } catch (const Napi::Error& thrown) {
      reject(env, task, thrown.Value());
      return;
    } catch (...) {
      failure = current_failure();
    }
  }
  reject(env, task, js_error(env, *failure));
}

void JobQueue::reject(Napi::Env env, const TaskPointer& task, napi_value reason) {
  if (task->settled) return;
  if (reason) napi_reject_deferred(env, task->deferred, reason);
  retire(env, task);
}

void JobQueue::retire(Napi::Env env, const TaskPointer& task) {
  task->settled = true;
  task->finish = nullptr;
  task->on_progress.Reset();
  const TaskPointer kept = task;
  unsettled_.erase(kept);
  if (unsettled_.empty()) wake_.Unref(env);
}

void JobQueue::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    queue_.clear();
    hurried_.clear();
    hurried_count_ = 0;
    for (const TaskPointer& task : running_) task->cancel.store(1, std::memory_order_relaxed);
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
  for (const TaskPointer& task : unsettled_) {
    task->settled = true;
    task->work = nullptr;
    task->finish = nullptr;
    task->on_progress.Reset();
  }
  unsettled_.clear();
  talking_.clear();
  finished_.clear();
  wake_.Release();
}

}  // namespace headscope::addon
