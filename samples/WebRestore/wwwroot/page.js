const $ = (id) => document.getElementById(id);
let current = null;

$("slider").addEventListener("input", () => $("pictures").style.setProperty("--at", `${$("slider").value}%`));

$("cancel").addEventListener("click", () => current && fetch(current, { method: "DELETE" }));

$("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const file = $("file").files[0];
  show(0);
  try {
    const answer = await fetch(`/restorations?task=${$("task").value}`, { method: "POST", body: file });
    if (!answer.ok) {
      throw new Error((await answer.json()).detail ?? `the server answered ${answer.status}`);
    }

    current = answer.headers.get("Location");
    const status = await finished(current);
    await showPicture($("before"), URL.createObjectURL(file));
    await showPicture($("after"), `${current}/picture`);
    $("download").href = `${current}/picture`;
    $("message").textContent = `restored in ${status.seconds.toFixed(2)} s`;
    $("result").hidden = false;
  } catch (failure) {
    $("message").textContent = failure.message;
  }

  $("progress").hidden = $("cancel").hidden = true;
});

function show(done) {
  $("result").hidden = true;
  $("progress").hidden = $("cancel").hidden = false;
  $("progress").value = done;
  $("message").textContent = "";
}

async function finished(address) {
  for (;;) {
    const answer = await fetch(address);
    if (answer.status === 404) {
      throw new Error("cancelled");
    }

    const status = await answer.json();
    $("progress").value = status.done;
    if (status.error) {
      throw new Error(status.error);
    }

    if (status.seconds !== null) {
      return status;
    }

    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function showPicture(image, address) {
  image.src = address;
  await image.decode();
}
