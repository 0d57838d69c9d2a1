//! Files.

use netbox_sdk::mock::NetBox;
use netbox_sdk::{Api, Form, Part, Payload, api};
use serde_json::{Value, json};

use super::{both, make, refused, sent, site};
use crate::live::{Guard, unique};

/// A picture of one pixel.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\xdacd\xf8\xcfP\x0f\0\x03\x86\x01\x80Z4}k\0\0\0\0IEND\xaeB`\x82";

fn form(site: &Value, name: &str) -> Form {
    Form::new().text("object_type", "dcim.site").text("object_id", site["id"].to_string()).text("name", name)
}

fn attached(nb: &Api, form: Form) -> (Value, Guard) {
    let (status, made) = sent(nb.client().post("extras/image-attachments").multipart(form));
    assert_eq!(status, 201, "{made}");
    let guard = Guard { client: nb.client().clone(), path: format!("extras/image-attachments/{}", made["id"]) };
    (made, guard)
}

#[test]
fn an_image_is_attached_and_comes_back() {
    both(|nb| {
        let (site, _site) = site(nb);
        let (image, guard) = attached(nb, form(&site, "floor plan").part("image", Part::bytes("plan.png", PNG)));
        assert_eq!(
            (&image["display"], &image["parent"]["slug"], &image["object_type"]),
            (&json!("floor plan"), &site["slug"], &json!("dcim.site"))
        );
        assert_eq!((&image["image_width"], &image["image_height"], &image["image_size"]), (&json!(1), &json!(1), &json!(PNG.len())));
        let url = image["image"].as_str().unwrap();
        assert!(url.ends_with(&format!("/media/image-attachments/site_{}_floor_plan.png", site["id"])), "{url}");
        let picture = nb.client().get(url).send().unwrap();
        assert_eq!((picture.status().as_u16(), picture.header("content-type"), picture.bytes()), (200, Some("image/png"), PNG));
        assert!(nb.client().without_auth().get(url).send().unwrap_err().to_string().contains("login page"));
        let (other, _other) = attached(nb, form(&site, "").part("image", Part::bytes("plan.png", PNG)));
        assert_eq!((&other["name"], &other["display"]), (&json!(""), &json!("plan.png")));
        drop(guard);
        assert_eq!(nb.client().get(url).send().unwrap().status(), 404);
    });
}

#[test]
fn what_is_no_image_is_refused() {
    both(|nb| {
        let (site, _site) = site(nb);
        let post = |form: Form| nb.client().post("extras/image-attachments").multipart(form);
        let corrupted = "Upload a valid image. The file you uploaded was either not an image or a corrupted image.";
        refused(post(form(&site, "a").part("image", Part::bytes("a.png", &b"hello"[..]))), 400, json!({"image": [corrupted]}));
        refused(post(form(&site, "a")), 400, json!({"image": ["No file was submitted."]}));
        let text = json!({"object_type": "dcim.site", "object_id": site["id"], "name": "a", "image": "abc"});
        let no_file = "The submitted data was not a file. Check the encoding type on the form.";
        refused(nb.client().post("extras/image-attachments").json(&text), 400, json!({"image": [no_file]}));
        let nowhere = form(&json!({"id": 999_999}), "a").part("image", Part::bytes("a.png", PNG));
        refused(post(nowhere), 400, json!({"__all__": ["Invalid parent object: DCIM > Site ID 999999"]}));
        assert_eq!(
            sent(nb.client().get(&format!("extras/image-attachments?object_type=dcim.site&object_id={}", site["id"]))).1["count"],
            0
        );
    });
}

#[test]
fn nothing_is_kept_of_a_refused_upload() {
    let netbox = NetBox::start().unwrap();
    let nb = api(&netbox.url(), netbox.token()).unwrap();
    let site = nb.dcim().sites().create(json!({"name": "Berlin", "slug": "berlin"})).unwrap();
    let with_picture =
        |name: &str, image: &'static [u8]| form(&json!({"id": site.id()}), name).part("image", Part::bytes("plan.png", image));
    let (_, kept) = sent(nb.client().post("extras/image-attachments").multipart(with_picture("kept", PNG)));
    let url = |name: &str| kept["image"].as_str().unwrap().replace("kept", name);
    let status = |name: &str| nb.client().get(&url(name)).send().unwrap().status().as_u16();
    assert_eq!(sent(nb.client().post("extras/image-attachments").multipart(with_picture("refused", b"text"))).0, 400);
    assert_eq!(sent(nb.client().put("extras/image-attachments/99").multipart(with_picture("nowhere", PNG))).0, 404);
    assert_eq!(["kept", "refused", "nowhere"].map(status), [200, 404, 404]);
}

#[test]
fn values_beside_a_file_arrive() {
    both(|nb| {
        let slug = unique("mock");
        let (manufacturer, _manufacturer) = make(nb, "dcim/manufacturers", &json!({"name": slug, "slug": slug}));
        let (tag, _tag) = make(nb, "extras/tags", &json!({"name": slug, "slug": slug}));
        let payload = Payload::new()
            .value("manufacturer", manufacturer["id"].clone())
            .value("model", slug.as_str())
            .value("slug", slug.as_str())
            .value("is_full_depth", false)
            .value("u_height", 2)
            .value("weight", 1.5)
            .value("weight_unit", "kg")
            .value("airflow", Value::Null)
            .value("tags", json!([{"slug": slug}]));
        let (status, made) = sent(nb.client().post("dcim/device-types").payload(payload.file("front_image", Part::bytes("x.png", PNG))));
        assert_eq!(status, 201, "{made}");
        let path = format!("dcim/device-types/{}", made["id"]);
        let _guard = Guard { client: nb.client().clone(), path: path.clone() };
        assert_eq!(
            (&made["manufacturer"]["id"], &made["is_full_depth"], &made["u_height"]),
            (&manufacturer["id"], &json!(false), &json!(2.0))
        );
        assert_eq!((&made["weight"], &made["weight_unit"]["value"], &made["airflow"]), (&json!(1.5), &json!("kg"), &Value::Null));
        assert_eq!(made["tags"][0]["id"], tag["id"]);
        assert!(made["front_image"].as_str().unwrap().contains("/media/devicetype-images/"), "{made}");
        assert_eq!(made["rear_image"], Value::Null);
        let patch = Payload::new().value("tags", json!([{"slug": slug}])).file("rear_image", Part::bytes("y.png", PNG));
        let (status, changed) = sent(nb.client().patch(&path).payload(patch));
        assert_eq!((status, changed["rear_image"].is_string(), changed["front_image"].is_string()), (200, true, true), "{changed}");
    });
}
